"""The tool itself; ./scripts/deploy.sh finds the interpreter."""

from deploy.cli.main import main

main()
