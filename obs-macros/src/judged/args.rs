//! What may be written in each of the four attributes.

use crate::syntax::{Opt, Shape};

pub(crate) const OK_IF: Opt =
    Opt { key: "ok_if", shape: Shape::Callable, doc: "the values that are no error" };

pub(crate) const ERROR_IF: Opt =
    Opt { key: "error_if", shape: Shape::Callable, doc: "the values that are an error" };

pub(crate) const ERROR_TYPE: Opt =
    Opt { key: "error_type", shape: Shape::CallableOrText, doc: "the name of the error's type" };

pub(super) const KEYS: [&str; 3] = [OK_IF.key, ERROR_IF.key, ERROR_TYPE.key];
