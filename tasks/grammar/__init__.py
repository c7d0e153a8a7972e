"""The columnar language engine: tokens, word classes, patterns and spans; it knows no fact and no Prefect."""
