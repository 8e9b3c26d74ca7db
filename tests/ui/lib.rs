//! Nothing: the cases lie in `<macro>/{pass,fail}`, and `ui.rs` runs them.
