use obs::traced;

struct Job {
    id: u64,
}

#[traced(consumer, envelope = job)]
fn handled(job: Job) -> u64 {
    job.id
}

#[traced(producer, envelope = job)]
fn sent(job: &mut Job) {
    job.id += 1;
}

fn main() {
    handled(Job { id: 1 });
    sent(&mut Job { id: 1 });
}
