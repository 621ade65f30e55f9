"""How it runs: events, Plan, engines, Log."""
