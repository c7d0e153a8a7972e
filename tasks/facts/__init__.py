"""The fact families, one module each; they know the language engine and no Prefect."""
