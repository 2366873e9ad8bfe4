"""What is wrong with an issue before anybody gets it: rules, each data and a pure function."""
