"""What flows and how state moves: records, rules' protocol, advance, log, state, runners."""
