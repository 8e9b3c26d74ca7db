//! What becomes of the context that a message brings: trust, batches, answers.

use std::collections::HashMap;

use expect_test::expect;
use obs::testing::{Telemetry, capture};
use obs::{Propagated, SpanContext};

use crate::block_on;

const SENDER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const TRACE: u128 = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736;

#[derive(obs::Envelope, Clone, Default)]
struct Message {
    #[envelope(context)]
    context: Propagated,
    id: u64,
}

fn sent(traceparent: &str) -> Message {
    let headers = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
    Message { context: obs::extract(&headers), id: 0 }
}

/// A message of another sender each.
fn sent_by(sender: u64) -> Message {
    sent(&format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{sender:016x}-01"))
}

fn links(t: &Telemetry, name: &str) -> Vec<SpanContext> {
    let span = t.spans().into_iter().find(|span| span.name == name).unwrap();
    span.links.iter().map(|link| link.context.clone()).collect()
}

#[obs::traced(consumer, envelope = _message, trust = continue)]
fn continues(_message: Message) {}

#[obs::traced(consumer, envelope = _message, trust = link)]
async fn refers(_message: Message) {}

#[obs::traced(server, envelope = _message, trust = "restart")]
fn restarts(_message: Message) {}

#[test]
fn a_sender_is_believed_as_far_as_it_is_trusted() {
    capture(|t| {
        continues(sent(SENDER));
        block_on(refers(sent(SENDER)));
        restarts(sent(SENDER));
        let [continued, referring, restarted] = t.spans().try_into().unwrap();
        assert_eq!(continued.context.trace_id.get(), TRACE);
        assert!(continued.parent_is_remote && continued.links.is_empty());
        assert!(referring.parent.is_none() && referring.context.trace_id.get() != TRACE);
        assert_eq!(links(t, "refers"), [sent(SENDER).context.span_context().unwrap()]);
        assert!(restarted.parent.is_none() && restarted.context.trace_id.get() != TRACE);
        assert!(restarted.links.is_empty());
    });
}

#[test]
fn who_has_no_sender_has_nobody_to_trust() {
    capture(|t| {
        block_on(refers(Message::default()));
        assert!(links(t, "refers").is_empty());
        assert_eq!(
            t.tree(),
            "refers (consumer) ok messaging.operation.name=process messaging.operation.type=process\n"
        );
    });
}

#[test]
fn a_parent_by_hand_is_trusted_likewise() {
    #[obs::traced(server, parent = obs::extract(headers), trust = link)]
    fn refers_by_hand(headers: &HashMap<String, String>) {
        let _ = headers;
    }
    #[obs::traced(parent = above, trust = restart)]
    fn of_this_process(above: &tracing::Span) {
        let _ = above;
    }
    capture(|t| {
        let headers = HashMap::from([("traceparent".to_owned(), SENDER.to_owned())]);
        refers_by_hand(&headers);
        assert_eq!(links(t, "refers_by_hand").len(), 1);
        assert_ne!(t.spans()[0].context.trace_id.get(), TRACE);
        let above = tracing::info_span!("above");
        of_this_process(&above);
        drop(above);
        assert_eq!(t.tree(), "refers_by_hand (server) ok\nabove\n`- of_this_process ok\n");
    });
}

#[test]
fn a_context_by_hand_is_trusted_likewise() {
    #[obs::traced(parent = caller, trust = link)]
    fn refers(caller: &obs::SpanContext) -> u64 {
        caller.span_id.get()
    }
    #[obs::traced(parent = caller, trust = restart)]
    fn restarts(caller: &obs::SpanContext) -> u64 {
        caller.span_id.get()
    }
    capture(|t| {
        let headers = HashMap::from([("traceparent".to_owned(), SENDER.to_owned())]);
        let caller = obs::extract(&headers).span_context().unwrap();
        assert_eq!(refers(&caller), restarts(&caller));
        assert_eq!((links(t, "refers").len(), links(t, "restarts").len()), (1, 0));
        assert!(t.spans().iter().all(|span| span.parent.is_none() && span.context.trace_id.get() != TRACE));
    });
}

#[test]
fn a_context_is_read_once_and_only_for_somebody() {
    use std::cell::Cell;

    struct Counting(Cell<u32>);

    impl obs::Envelope for Counting {
        fn stamp(&mut self, _context: &Propagated) {}

        fn context(&self) -> Propagated {
            self.0.set(self.0.get() + 1);
            Propagated::default()
        }
    }

    #[obs::traced(consumer, envelope = message, trust = link)]
    fn handle(message: &Counting) {
        let _ = message;
    }

    let message = Counting(Cell::new(0));
    handle(&message);
    assert_eq!(message.0.get(), 0, "nobody subscribes");
    capture(|_| handle(&message));
    assert_eq!(message.0.get(), 1);
}

#[obs::traced(consumer, batch = messages, destination = "orders")]
fn handle_all(messages: Vec<Message>) -> u64 {
    inside();
    messages.iter().map(|message| message.id).sum()
}

#[obs::traced]
fn inside() {}

#[test]
fn a_batch_starts_a_trace_with_a_link_to_every_sender() {
    capture(|t| {
        let above = tracing::info_span!("above");
        let messages = vec![sent_by(1), sent_by(2), sent_by(1), Message::default()];
        above.in_scope(|| handle_all(messages));
        drop(above);
        let ids: Vec<u64> = links(t, "handle_all").iter().map(|link| link.span_id.get()).collect();
        assert_eq!(ids, [1, 2], "once each, and none for what carries no context");
        expect![[r#"
            above
            handle_all (consumer) ok messaging.destination.name=orders messaging.operation.name=process messaging.operation.type=process messaging.batch.message_count=4
            `- inside ok
        "#]]
        .assert_eq(&t.tree());
    });
}

#[test]
fn a_batch_of_any_kind_has_up_to_128_links_and_the_others_are_counted() {
    #[obs::traced(consumer, batch = messages)]
    async fn handle_slice(messages: &[Box<dyn obs::Envelope>]) {
        let _ = messages;
    }
    #[obs::traced(consumer, batch = own.messages, link = more)]
    fn handle_part(own: &mut Part<'_>, more: &SpanContext) {
        let _ = (own, more);
    }
    struct Part<'a> {
        messages: &'a [Message],
    }
    capture(|t| {
        let all = (1..=130).chain(1..=130).map(|id| Box::new(sent_by(id)) as Box<dyn obs::Envelope>);
        block_on(handle_slice(&all.collect::<Vec<_>>()));
        let span = t.spans().remove(0);
        assert_eq!((span.links.len(), span.dropped_links), (128, 2));

        let messages = [sent_by(1), sent_by(2)];
        handle_part(&mut Part { messages: &messages }, &span.context);
        assert_eq!(links(t, "handle_part").len(), 3);
    });
}

#[test]
fn what_a_batch_logs_has_the_correlation_id_of_its_trace() {
    #[obs::traced(consumer, batch = messages)]
    fn log_all(messages: &[Message]) {
        tracing::info!(count = messages.len(), "all of them");
    }
    capture(|t| {
        obs::Context::current().with_correlation_id("of-the-loop").in_scope(|| log_all(&[sent_by(1)]));
        let log = &t.logs()[0];
        let trace = log.context.as_ref().unwrap().trace_id.to_string();
        assert_eq!(log.correlation_id.as_deref(), Some(trace.as_str()));
    });
}

#[test]
fn an_empty_batch_is_a_trace_of_its_own() {
    capture(|t| {
        handle_all(Vec::new());
        assert!(t.spans()[1].parent.is_none() && links(t, "handle_all").is_empty());
    });
}

#[obs::traced(client, envelope = request, reply)]
async fn ask(request: &mut Message) -> Option<Message> {
    answer(request.clone()).ok()
}

#[obs::traced(server, envelope = request, reply)]
fn answer(request: Message) -> Result<Message, String> {
    inside();
    match request.id {
        0 => Err("nothing was asked".to_owned()),
        id => Ok(Message { id, ..Message::default() }),
    }
}

#[test]
fn a_question_and_its_answer_are_one_trace() {
    capture(|t| {
        let reply = block_on(ask(&mut Message { id: 7, ..Message::default() })).unwrap();
        let spans = t.spans();
        let of = |name: &str| spans.iter().find(|span| span.name == name).unwrap().context.clone();
        assert_eq!(reply.context.span_context().unwrap().span_id, of("answer").span_id);
        assert_eq!(
            links(t, "ask").iter().map(|link| link.span_id).collect::<Vec<_>>(),
            [of("answer").span_id]
        );
        expect![[r#"
            ask (client) ok
            `- answer (server) ok
               `- inside ok
        "#]]
        .assert_eq(&t.tree());
    });
}

#[test]
fn what_is_no_answer_is_left_alone() {
    #[obs::traced(client, envelope = request, reply)]
    fn echo(request: &mut Message) -> Message {
        request.clone()
    }
    capture(|t| {
        assert!(block_on(ask(&mut Message::default())).is_none());
        assert!(links(t, "ask").is_empty());
        echo(&mut Message::default());
        assert!(links(t, "echo").is_empty(), "a message that comes back with the call's own context");
    });
}

#[test]
fn an_answer_is_stamped_in_every_shape_of_function() {
    use std::pin::Pin;

    #[obs::traced(consumer, envelope = request, reply)]
    fn returned(request: Message) -> impl Future<Output = Option<Message>> {
        async move { Some(request) }
    }
    #[obs::traced(consumer, envelope = request, reply, slow = "1s")]
    fn boxed(request: Message) -> Pin<Box<dyn Future<Output = Message>>> {
        Box::pin(async move { request })
    }
    #[obs::traced(consumer, envelope = request, reply, ok_if = Option::is_some)]
    #[track_caller]
    fn tracked(request: Message) -> Option<Message> {
        Some(request).filter(|request| request.id == 0)
    }
    #[obs::traced(consumer, reply)]
    #[track_caller]
    fn tracked_and_left(request: Option<Message>) -> Option<Message> {
        let request = request?;
        Some(request)
    }
    #[obs::traced(server, reply)]
    async fn without_a_request() -> Message {
        Message::default()
    }
    capture(|t| {
        let replies = [
            block_on(returned(sent(SENDER))).unwrap(),
            block_on(boxed(sent(SENDER))),
            tracked(sent(SENDER)).unwrap(),
            tracked_and_left(Some(sent(SENDER))).unwrap(),
            block_on(without_a_request()),
        ];
        let ids: Vec<_> = t.spans().iter().map(|span| span.context.span_id).collect();
        let stamped = replies.map(|reply| reply.context.span_context().unwrap().span_id);
        assert_eq!(stamped, ids[..]);
    });
}

#[test]
fn a_message_that_panics_changes_nothing_of_the_call() {
    struct Hostile;

    impl obs::Envelope for Hostile {
        fn stamp(&mut self, _context: &Propagated) {
            panic!("as it is stamped")
        }

        fn context(&self) -> Propagated {
            panic!("as it is read")
        }
    }

    #[obs::traced(producer, envelope = message)]
    async fn publish(message: &mut Hostile) {
        let _ = message;
    }
    #[obs::traced(server, envelope = message, reply)]
    fn receive(message: Hostile) -> Hostile {
        message
    }
    #[obs::traced(client, envelope = message, reply)]
    fn ask(mut message: Hostile) -> Option<Hostile> {
        Some(message)
    }
    #[obs::traced(consumer, batch = messages)]
    fn receive_all(messages: &[Hostile]) -> usize {
        messages.len()
    }
    capture(|t| {
        let above = tracing::info_span!("above");
        above.in_scope(|| {
            block_on(publish(&mut Hostile));
            receive(Hostile);
            assert!(ask(Hostile).is_some());
            assert_eq!(receive_all(&[Hostile]), 1);
        });
        drop(above);
        expect![[r#"
            above
            |- publish (producer) ok messaging.operation.name=send messaging.operation.type=send
            `- ask (client) ok
            receive (server) ok
            receive_all (consumer) ok messaging.operation.name=process messaging.operation.type=process messaging.batch.message_count=1
        "#]]
        .assert_eq(&t.tree());
    });
}

#[test]
fn what_a_message_knows_of_its_delivery_is_on_the_span() {
    #[derive(obs::Envelope)]
    struct Delivery<M> {
        #[envelope(inner)]
        message: M,
        #[envelope(attempt)]
        attempt: u64,
        #[envelope(message_id)]
        sequence: u64,
        #[envelope(body)]
        body: &'static str,
    }
    #[derive(obs::Envelope)]
    enum Event {
        Placed(Message),
        Delivered(Delivery<Message>),
    }
    #[obs::traced(consumer, envelope = event)]
    fn handle(event: Event) {
        match event {
            Event::Placed(message) | Event::Delivered(Delivery { message, .. }) => drop(message),
        }
    }
    capture(|t| {
        let message = sent(SENDER);
        handle(Event::Delivered(Delivery { message, attempt: 3, sequence: 7, body: "four" }));
        handle(Event::Placed(sent(SENDER)));
        let [delivered, placed] = t.spans().try_into().unwrap();
        let attribute = |key: &str| delivered.attribute(key).map(ToString::to_string).unwrap();
        assert_eq!(attribute("messaging.message.delivery_attempt"), "3");
        assert_eq!(attribute("messaging.message.id"), "7");
        assert_eq!(attribute("messaging.message.body.size"), "4");
        assert!(placed.attribute("messaging.message.id").is_none());
        assert_eq!(placed.context.trace_id.get(), TRACE);
    });
}
