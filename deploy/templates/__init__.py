"""Files for other projects: pipelines, compose parts, settings. `[[ name ]]` is replaced."""
