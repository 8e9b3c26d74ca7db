//! Whose records and metrics they are.

use super::{Env, parse};
use crate::record::{Attribute, Resource, Text, Value};

/// `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SERVICE_NAME`, and what the process knows of itself.
pub(super) fn read(env: &mut Env<'_>, name: Option<String>) -> Resource {
    let mut service = None;
    let mut attributes = crate::resource::detected(&crate::resource::Place::own(env.get));
    let pairs = env.text("OTEL_RESOURCE_ATTRIBUTES").map(|t| parse::pairs(&t));
    match pairs {
        Some(Ok(pairs)) => {
            for (key, value) in pairs {
                if key == "service.name" {
                    service = Some(value);
                } else {
                    attributes.retain(|a| a.key != key);
                    attributes.push(Attribute { key: key.into(), value: Value::Str(value.into()) });
                }
            }
        }
        Some(Err(problem)) => env.warn("OTEL_RESOURCE_ATTRIBUTES", &problem),
        None => {}
    }
    crate::resource::complete(&mut attributes);
    let service = name.or_else(|| env.text("OTEL_SERVICE_NAME")).or(service);
    Resource { service: service.map_or_else(crate::service::unnamed, Text::Owned), attributes }
}
