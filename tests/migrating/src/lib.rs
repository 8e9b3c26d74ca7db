//! Nothing: what is tried stands in the tests.
