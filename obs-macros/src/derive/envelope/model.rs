//! What will be generated, and every refusal.

use proc_macro2::Ident;
use syn::{Data, DeriveInput, Error, Fields, Generics, Path, Type};

use super::args::{Args, Mark, Role};
use crate::diag::Errors;

/// The message.
pub(super) struct Model {
    pub(super) krate: Path,
    pub(super) ident: Ident,
    pub(super) generics: Generics,
    /// `None` where there was a mistake.
    pub(super) place: Option<Place>,
}

/// The field that the context is in.
pub(super) struct Place {
    pub(super) field: Ident,
    pub(super) ty: Type,
    pub(super) role: Role,
}

impl Model {
    pub(super) fn new(input: &DeriveInput, args: Args<'_>, errors: &mut Errors) -> Self {
        let krate = args.krate.clone();
        let place = place(input, &args);
        Model {
            krate,
            ident: input.ident.clone(),
            generics: input.generics.clone(),
            place: errors.take(place).flatten(),
        }
    }
}

/// Returns the one marked field; `None` if what is wrong was said already.
fn place(input: &DeriveInput, args: &Args<'_>) -> syn::Result<Option<Place>> {
    let named = matches!(&input.data, Data::Struct(data) if matches!(data.fields, Fields::Named(_)));
    if !named {
        let message = format!(
            "an envelope is a struct with named fields; write `struct {} {{ #[envelope(context)] context: \
             obs::Propagated, .. }}`",
            input.ident
        );
        return Err(Error::new(input.ident.span(), message));
    }
    match args.marks.as_slice() {
        [] if args.any => Ok(None),
        [] => Err(Error::new(
            input.ident.span(),
            "no field carries the context; mark one: `#[envelope(context)] context: obs::Propagated`, or \
             `#[envelope(headers)]` on a field that implements `obs::Carrier`",
        )),
        [Mark { field, role, .. }] => {
            Ok(field.ident.clone().map(|ident| Place { field: ident, ty: field.ty.clone(), role: *role }))
        }
        [first, second, ..] => {
            let first = first.field.ident.as_ref().map_or_else(String::new, Ident::to_string);
            let message =
                format!("one field carries the context, and `{first}` does; remove one of the marks");
            Err(Error::new(second.span, message))
        }
    }
}
