//! The options of a span: whose child it is, what it refers to, and what it tells of the returned value.

use expect_test::expect;
use obs::SpanContext;
use obs::testing::capture;
use tracing::Span;

use crate::block_on;

#[derive(Debug)]
struct Declined;

impl std::fmt::Display for Declined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("card declined")
    }
}

#[obs::traced(parent = parent)]
fn under_span(parent: &Span) {}

#[obs::traced(target = "shop", parent = parent)]
fn target_and_parent(parent: Option<tracing::span::Id>) {}

#[obs::traced(parent = parent)]
async fn under_context(parent: SpanContext) {
    drop(parent);
}

#[obs::traced(parent = parent)]
fn under_maybe(parent: Option<&SpanContext>) -> bool {
    parent.is_some()
}

#[test]
fn a_parent_is_a_span_an_id_a_context_or_none() {
    capture(|t| {
        let far = tracing::info_span!("far");
        let near = tracing::info_span!("near");
        let context = far.in_scope(|| obs::current().unwrap());
        near.in_scope(|| {
            under_span(&far);
            target_and_parent(far.id());
            block_on(under_context(context.clone()));
            assert!(under_maybe(Some(&context)));
            assert!(!under_maybe(None));
        });
        drop((far, near));
        expect![[r#"
            far
            |- under_span ok
            |- target_and_parent ok
            |- under_context ok
            `- under_maybe ok
            near
            under_maybe ok
        "#]]
        .assert_eq(&t.tree());
        let scopes: Vec<_> = t.spans().iter().map(|s| s.scope.clone()).collect();
        assert!(scopes.contains(&"shop".into()));
    });
}

#[test]
fn a_parent_that_has_ended_or_that_nobody_records_is_none() {
    capture(|t| {
        let ended = tracing::info_span!("ended").id();
        target_and_parent(ended);
        under_span(&Span::none());
        expect![[r#"
            ended
            target_and_parent ok
            under_span ok
        "#]]
        .assert_eq(&t.tree());
        assert!(t.spans().iter().all(|s| s.parent.is_none()));
    });
}

#[obs::traced(root, link = contexts)]
fn batch(contexts: &[SpanContext]) -> usize {
    contexts.len()
}

#[obs::traced(link = context)]
fn linked(context: SpanContext) -> SpanContext {
    context
}

#[obs::traced(link = span, follows_from = [span, &Span::none()])]
fn linked_to_span(span: &Span) {}

#[obs::traced(link = contexts.iter().take(1))]
async fn linked_to_some(contexts: Vec<Option<SpanContext>>) -> usize {
    contexts.len()
}

#[test]
fn a_span_links_to_one_or_many_others() {
    capture(|t| {
        let contexts: Vec<_> = (0..3)
            .map(|_| tracing::info_span!("sent"))
            .map(|s| s.in_scope(|| obs::current().unwrap()))
            .collect();
        assert_eq!(batch(&contexts), 3);
        assert_eq!(linked(contexts[0].clone()), contexts[0]);
        let span = tracing::info_span!("span");
        linked_to_span(&span);
        let context = span.in_scope(|| obs::current().unwrap());
        block_on(linked_to_some(vec![Some(contexts[1].clone()), None]));
        let links = |name| -> Vec<SpanContext> {
            let span = t.spans().into_iter().find(|s| s.name == name).unwrap();
            span.links.iter().map(|l| l.context.clone()).collect()
        };
        assert_eq!(links("batch"), contexts);
        assert_eq!(links("linked"), contexts[..1]);
        assert_eq!(links("linked_to_span"), [context.clone(), context]);
        assert_eq!(links("linked_to_some"), contexts[1..2]);
    });
}

#[test]
fn relatives_are_not_evaluated_for_a_span_that_nobody_wants() {
    fn never() -> Option<SpanContext> {
        panic!("evaluated");
    }
    #[obs::traced(parent = never(), link = never())]
    fn unwanted() -> u8 {
        1
    }
    assert_eq!(tracing::subscriber::with_default(tracing::subscriber::NoSubscriber::new(), unwanted), 1);
}

#[obs::traced(err)]
fn fails(how: &str) -> Result<u32, Declined> {
    if how == "no" { Err(Declined) } else { Ok(1) }
}

#[obs::traced(err(Debug, level = "warn"))]
async fn fails_in_debug() -> Result<(), Declined> {
    Err(Declined)?;
    Ok(())
}

#[obs::observed(err(level = tracing::Level::INFO), ret)]
fn both(how: &str) -> Result<u32, Declined> {
    fails(how)
}

#[test]
fn an_error_is_an_event_in_the_span_and_the_spans_status() {
    capture(|t| {
        assert!(fails("no").is_err());
        assert_eq!(fails("yes").unwrap(), 1);
        assert!(block_on(fails_in_debug()).is_err());
        expect![[r#"
            fails error "card declined" error.type=behaviour::options::Declined
            * error error=card declined level=ERROR
            fails ok
            fails_in_debug error "Declined" error.type=behaviour::options::Declined
            * error error=Declined level=WARN
        "#]]
        .assert_eq(&t.tree());
        let log = &t.logs()[0];
        assert_eq!(log.span.as_deref(), Some("fails"));
        assert_eq!(log.target, module_path!());
    });
}

#[obs::traced(ret)]
fn returns(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[obs::traced(level = "debug", ret(Display))]
fn returns_shown(text: &str) -> String {
    text.to_owned()
}

#[obs::traced(ret(level = "warn"))]
async fn returns_opaque() -> impl std::fmt::Debug + use<> {
    7
}

#[test]
fn ret_on_a_result_records_the_ok_value_only() {
    capture(|t| {
        both("yes").unwrap();
        both("no").unwrap_err();
        returns("a").unwrap();
        returns_shown("b");
        block_on(returns_opaque());
        expect![[r#"
            both ok
            * return return=1 level=INFO
            `- fails ok
            both error "card declined" error.type=behaviour::options::Declined
            * error error=card declined level=INFO
            `- fails error "card declined" error.type=behaviour::options::Declined
               * error error=card declined level=ERROR
            returns ok
            * return return=Some("a") level=INFO
            returns_shown ok
            * return return=b level=DEBUG
            returns_opaque ok
            * return return=7 level=WARN
        "#]]
        .assert_eq(&t.tree());
    });
}

#[test]
fn what_was_written_for_instrument_compiles_and_records_no_argument() {
    use tracing::Level;

    #[obs::traced(level = "debug", skip(password), skip_all, err(Debug), fields(user.id = id, late = tracing::field::Empty))]
    fn log_in(id: u64, password: &str) -> Result<bool, String> {
        Span::current().record("late", 1);
        if password.is_empty() { Err("empty".to_owned()) } else { Ok(true) }
    }
    #[obs::traced(skip(_password), err(level = Level::INFO))]
    fn log_out(_password: &str) -> Result<(), String> {
        Err("never in".to_owned())
    }
    capture(|t| {
        assert!(log_in(7, "hunter2").unwrap());
        assert!(log_out("hunter2").is_err());
        expect![[r#"
            log_in ok user.id=7 late=1
            log_out error "never in" error.type=alloc::string::String
            * error error=never in level=INFO
        "#]]
        .assert_eq(&t.tree());
    });
}

#[test]
fn a_sampling_share_is_on_the_descriptor() {
    #[obs::traced(sample = 0.25)]
    fn sampled_call() {}
    sampled_call();
    let share = obs::__private::CATALOG.iter().find_map(|entry| match entry {
        obs::__private::Entry::Function(site) if site.site().name == "sampled_call" => {
            Some(site.site().sample)
        }
        _ => None,
    });
    assert_eq!(share, Some(Some(0.25)));
}
