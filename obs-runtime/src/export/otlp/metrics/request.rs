//! `ExportMetricsServiceRequest`s in the making, none larger than allowed.

use std::sync::Arc;

use super::name;
use super::point::Form;
use crate::export::Reason;
use crate::export::otlp::value::{write_resource, write_text_attribute};
use crate::export::proto::Writer;
use crate::record::{Family, MetricKind, Resource};

/// Bytes for tags and lengths around a group or a metric; more than they can be.
const FRAME: usize = 48;

/// Bytes for tag and length of a point.
const POINT: usize = 12;

/// Takes requests that are done: the message, and of how many points it is made.
pub(super) type Send<'a> = &'a mut dyn FnMut(Vec<u8>, u64);

/// Collects points by service and metric. What is open when it is dropped is lost: [`Requests::finish`] sends it.
pub(super) struct Requests<'a> {
    send: Send<'a>,
    limit: usize,
    process: &'a Resource,
    services: Vec<Service>,
    /// `Metric` without its points: name, description, unit, metadata.
    head: Writer,
    /// What points of the family at hand there are.
    open: Vec<Open>,
    bytes: usize,
    points: u64,
    /// How many requests were sent.
    sent: usize,
}

/// What one service has in this request.
struct Service {
    resource: Arc<Resource>,
    /// `ScopeMetrics`: the scope, then the metrics.
    metrics: Writer,
}

/// The points of one metric that belong together.
struct Open {
    /// The place in `services`.
    service: usize,
    form: Form,
    points: Writer,
}

impl<'a> Requests<'a> {
    pub(super) fn new(process: &'a Resource, limit: usize, send: Send<'a>) -> Self {
        Requests {
            send,
            limit,
            process,
            services: Vec::new(),
            head: Writer::default(),
            open: Vec::new(),
            bytes: 0,
            points: 0,
            sent: 0,
        }
    }

    /// Begins the metric that the following points belong to.
    pub(super) fn family(&mut self, family: &Family<'_>) {
        self.close();
        let mut head = Writer::new(std::mem::take(&mut self.head).into_bytes());
        let name = name::metric(family.name);
        head.bytes(1, name.as_bytes());
        if !family.help.is_empty() {
            head.bytes(2, family.help.as_bytes());
        }
        let unit = name::unit(family);
        if !unit.is_empty() {
            head.bytes(3, unit.as_bytes());
        }
        // The compatibility page asks for it, so that an info is one again on the other side.
        let is_ours = name == family.name;
        if is_ours && family.kind == MetricKind::Info {
            write_text_attribute(&mut head, 12, "prometheus.type", "info");
        }
        self.head = head;
    }

    /// Takes a point of the metric at hand and returns the number of its request.
    pub(super) fn point(
        &mut self,
        service: Option<&str>,
        form: Form,
        point: &Writer,
    ) -> Result<usize, Reason> {
        let head = self.head.len() + FRAME;
        let new_service = self.resource_len(service) + FRAME;
        let alone = point.len() + POINT;
        if alone + head + new_service > self.limit {
            return Err(Reason::TooLarge);
        }
        if self.bytes + alone + head + new_service > self.limit {
            self.seal();
        }
        let service = self.service(service);
        let same = |open: &Open| open.service == service && open.form == form;
        let at = self.open.iter().position(same).unwrap_or(self.open.len());
        if at == self.open.len() {
            self.open.push(Open { service, form, points: Writer::default() });
            self.bytes += head;
        }
        if let Some(open) = self.open.get_mut(at) {
            open.points.bytes(1, point.as_bytes());
        }
        self.bytes += alone;
        self.points += 1;
        Ok(self.sent)
    }

    /// Sends what is left.
    pub(super) fn finish(mut self) {
        self.seal();
    }

    /// An upper bound of the bytes of a service's resource.
    fn resource_len(&self, service: Option<&str>) -> usize {
        let known =
            self.services.iter().any(|known| known.resource.service == name_of(self.process, service));
        if known { 0 } else { written(&self.resource(service)).len() + 2 * FRAME }
    }

    fn resource(&self, service: Option<&str>) -> Resource {
        let service = service.map_or_else(|| self.process.service.clone(), |name| name.to_owned().into());
        Resource { service, attributes: self.process.attributes.clone() }
    }

    /// Returns the place of a service; there are few.
    fn service(&mut self, service: Option<&str>) -> usize {
        let name = name_of(self.process, service);
        if let Some(at) = self.services.iter().position(|known| known.resource.service == name) {
            return at;
        }
        let resource = Arc::new(self.resource(service));
        self.bytes += written(&resource).len() + 2 * FRAME;
        let mut metrics = Writer::default();
        metrics.message(1, |out| {
            out.bytes(1, b"obs");
            out.bytes(2, env!("CARGO_PKG_VERSION").as_bytes());
        });
        self.services.push(Service { resource, metrics });
        self.services.len() - 1
    }

    /// Ends the metric at hand: its points go to their services.
    fn close(&mut self) {
        for Open { service, form, points } in self.open.drain(..) {
            let Some(service) = self.services.get_mut(service) else { continue };
            let mut data = points;
            form.write_end(&mut data);
            service.metrics.begin(2, self.head.len() + data.len_as_field());
            service.metrics.append(&self.head);
            service.metrics.begin(form.field(), data.len());
            service.metrics.append(&data);
        }
    }

    /// Ends the request at hand; the metric goes on in the next.
    fn seal(&mut self) {
        self.close();
        let mut out = Writer::default();
        for Service { resource, metrics } in self.services.drain(..) {
            let head = written(&resource);
            out.begin(1, head.len() + metrics.len_as_field());
            out.append(&head);
            out.begin(2, metrics.len());
            out.append(&metrics);
        }
        let points = std::mem::take(&mut self.points);
        self.bytes = 0;
        if points > 0 {
            self.sent += 1;
            (self.send)(out.into_bytes(), points);
        }
    }
}

fn name_of<'a>(process: &'a Resource, service: Option<&'a str>) -> &'a str {
    service.unwrap_or(&process.service)
}

/// Returns a resource as the first field of `ResourceMetrics`.
fn written(resource: &Resource) -> Writer {
    let mut out = Writer::default();
    out.message(1, |out| write_resource(out, resource));
    out
}
