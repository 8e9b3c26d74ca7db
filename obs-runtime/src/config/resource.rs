//! Whose records and metrics they are.

use super::env::{Env, Origin};
use super::shown::{Pairs, Shown};
use super::variables as v;
use super::{ConfigError, parse};
use crate::record::{Attribute, Resource, Text, Value};

/// `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SERVICE_NAME`, what the builder was given, and what the process knows of itself. The
/// builder wins over the variables, a name over an attribute of that name.
pub(super) fn read(
    env: &mut Env<'_>,
    name: Option<String>,
    given: Vec<(String, String)>,
) -> Result<Resource, ConfigError> {
    let (mut said, mut named) = (None, None);
    let mut attributes = crate::resource::detected(&crate::resource::Place::own(env.surroundings()));
    let variable = &v::OTEL_RESOURCE_ATTRIBUTES;
    let pairs = |text: &str| parse::pairs(text).map(Pairs);
    let pairs = env.option(variable, None, pairs, Pairs(Vec::new()))?.0;
    if !given.is_empty() {
        env.note(variable, Pairs(given.clone()).shown(), Origin::Builder(variable.builder()));
    }
    for (pairs, service) in [(pairs, &mut said), (given, &mut named)] {
        for (key, value) in pairs {
            if key == "service.name" {
                *service = Some(value);
            } else {
                attributes.retain(|a| a.key != key);
                attributes.push(Attribute { key: key.into(), value: Value::Str(value.into()) });
            }
        }
    }
    crate::resource::complete(&mut attributes);
    let usual = said.unwrap_or_else(|| crate::service::unnamed().into_owned());
    let service = env.option(&v::OTEL_SERVICE_NAME, name.or(named), parse::text, usual)?;
    Ok(Resource { service: Text::Owned(service), attributes })
}
