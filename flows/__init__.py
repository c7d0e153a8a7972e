"""When, and in what order: the Prefect flow and the command line."""
