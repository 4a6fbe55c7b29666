"""Pure: settings, observation, risk and request become a plan."""
