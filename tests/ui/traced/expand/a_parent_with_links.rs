#[traced(parent = job.context, link = causes, follows_from = [span], target = "jobs")]
fn run(job: Job, causes: &[SpanContext], span: &Span) {
    job.run();
}
