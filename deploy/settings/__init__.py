"""One frozen schema: deploy.toml, .env, environment, flags."""
