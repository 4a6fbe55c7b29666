# In the Makefile: include surefoot.mk
.PHONY: migrate-check deploy-plan deploy deploy-status rollback

migrate-check: ## what the pending migrations would do to production
	@scripts/migration-check.sh

deploy-plan: ## the plan of a deployment; changes nothing
	@scripts/deploy.sh --auto-migrate --backup --health-check --plan

deploy: ## low and medium risk: back up, migrate, switch, check
	@scripts/deploy.sh --auto-migrate --backup --health-check

deploy-status: ## what runs, where the database is, what is unfinished
	@scripts/deploy.sh status

rollback: ## back to the last good release
	@scripts/deploy.sh rollback
