//! A request in the making: spans or log records, which are grouped alike.

use std::sync::Arc;

use super::value::write_resource;
use crate::export::delivery::{Item, Making};
use crate::export::proto::Writer;
use crate::record::{Resource, Text};

/// An `ExportTraceServiceRequest` or `ExportLogsServiceRequest`: items by resource and scope, both in order of first
/// appearance. The two messages have the same numbers down to the items.
#[derive(Debug, Default)]
pub(super) struct Grouped {
    groups: Vec<Group>,
    /// The group of the last item, which is that of the next as a rule.
    latest: usize,
}

#[derive(Debug)]
struct Group {
    resource: Arc<Resource>,
    scope: Text,
    /// A `ScopeSpans` or `ScopeLogs` message: the scope, then the items.
    message: Writer,
}

impl Group {
    fn new(item: &Item<'_>) -> Self {
        let mut message = Writer::default();
        message.message(1, |out| out.bytes(1, item.origin.scope.as_bytes()));
        Group { resource: Arc::clone(item.origin.resource), scope: item.origin.scope.clone(), message }
    }

    fn takes(&self, item: &Item<'_>) -> bool {
        is_same(&self.resource, item.origin.resource) && self.scope == *item.origin.scope
    }
}

fn is_same(a: &Arc<Resource>, b: &Arc<Resource>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}

impl Grouped {
    /// Makes the item's group the latest. There are few, so that a search through them is the fastest map.
    fn find(&mut self, item: &Item<'_>) {
        let known = self.groups.iter().position(|group| group.takes(item));
        self.latest = known.unwrap_or(self.groups.len());
        if known.is_none() {
            self.groups.push(Group::new(item));
        }
    }
}

impl Making for Grouped {
    fn push(&mut self, item: &Item<'_>) {
        if !self.groups.get(self.latest).is_some_and(|group| group.takes(item)) {
            self.find(item);
        }
        if let Some(group) = self.groups.get_mut(self.latest) {
            group.message.bytes(2, &item.bytes);
        }
    }

    fn shrink(&mut self) {
        self.groups.iter_mut().for_each(|group| group.message.shrink());
    }

    fn into_bytes(self: Box<Self>) -> Vec<u8> {
        let mut resources: Vec<(Arc<Resource>, Vec<Writer>)> = Vec::new();
        for Group { resource, message, .. } in self.groups {
            match resources.iter_mut().find(|(known, _)| is_same(known, &resource)) {
                Some((_, scopes)) => scopes.push(message),
                None => resources.push((resource, vec![message])),
            }
        }
        let mut out = Writer::default();
        for (resource, scopes) in resources {
            let mut head = Writer::default();
            head.message(1, |out| write_resource(out, &resource));
            let length = head.len() + scopes.iter().map(Writer::len_as_field).sum::<usize>();
            out.begin(1, length);
            out.append(&head);
            for scope in scopes {
                out.begin(2, scope.len());
                out.append(&scope);
            }
        }
        out.into_bytes()
    }
}
