"""What each stage does: one module a stage, pure functions above and one Prefect task at the foot."""
