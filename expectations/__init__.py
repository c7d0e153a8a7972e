"""What every published table must be: columns, keys, allowed values and checks, declared once."""
