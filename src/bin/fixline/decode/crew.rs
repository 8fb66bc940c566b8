//! Work that is done on several threads, and comes out in order.
//!
//! Each worker has a lane: jobs go round the lanes, and what comes of them is taken from the lanes in
//! the same turn. All lanes are bounded, so that memory is, and nobody has to wait for more than the
//! one job that is to be written next.

use std::io::{self, BufWriter, Write};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

/// So many jobs wait in a lane.
const AHEAD: usize = 1;

/// What is printed is gathered up to this size, and so many of that wait to be written.
const GATHERED: usize = 64 << 10;
const GATHERED_AHEAD: usize = 32;

/// Where a worker writes.
pub(super) type Out = BufWriter<Box<dyn Write + Send>>;

/// What comes of a job: text, then the rest.
enum Said<D> {
    Text(Vec<u8>),
    Done(D),
}

/// The end of a lane at which text is put in.
struct Lane<D>(SyncSender<Said<D>>);

impl<D> Write for Lane<D> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let sent = self.0.send(Said::Text(text.to_vec()));
        sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Does the jobs on this thread, and has `finish` look at what comes of each besides text.
///
/// # Errors
///
/// The first of `out`.
pub(super) fn alone<J, D>(
    jobs: impl Iterator<Item = J>,
    mut worker: impl FnMut(J, &mut Out) -> io::Result<D>,
    out: Box<dyn Write + Send>,
    mut finish: impl FnMut(D),
) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(GATHERED, out);
    for job in jobs {
        let done = worker(job, &mut out)?;
        // Whoever waits for more has seen what is there.
        out.flush()?;
        finish(done);
    }
    Ok(())
}

/// Does the jobs on a thread for each worker, in turn; takes them from `jobs` on one more. Writes what
/// the workers write, and has `finish` look at the rest, in the order of the jobs.
///
/// # Errors
///
/// The first of `out`. Threads that wait for jobs are left alone then: who asked for the text does not
/// want it any more.
pub(super) fn in_order<J: Send + 'static, D: Send + 'static>(
    jobs: impl Iterator<Item = J> + Send + 'static,
    workers: Vec<impl FnMut(J, &mut Out) -> io::Result<D> + Send + 'static>,
    mut out: Box<dyn Write + Send>,
    mut finish: impl FnMut(D),
) -> io::Result<()> {
    let (mut begins, mut ends, mut threads) = (Vec::new(), Vec::new(), Vec::new());
    for mut worker in workers {
        let (begin, work) = sync_channel::<J>(AHEAD);
        let (tell, end) = sync_channel(GATHERED_AHEAD);
        begins.push(begin);
        ends.push(end);
        threads.push(thread::spawn(move || {
            let lane: Box<dyn Write + Send> = Box::new(Lane(tell.clone()));
            let mut lane = BufWriter::with_capacity(GATHERED, lane);
            for job in work {
                // Nobody listens any more.
                let Ok(done) = worker(job, &mut lane) else { return };
                if lane.flush().is_err() || tell.send(Said::Done(done)).is_err() {
                    return;
                }
            }
        }));
    }
    threads.push(thread::spawn(move || {
        for (job, begin) in jobs.zip(begins.iter().cycle()) {
            if begin.send(job).is_err() {
                return;
            }
        }
    }));
    let mut lanes = ends.iter().cycle();
    let mut lane = lanes.next();
    while let Some(said) = lane.and_then(|lane| lane.recv().ok()) {
        match said {
            Said::Text(text) => out.write_all(&text)?,
            Said::Done(done) => {
                out.flush()?;
                finish(done);
                lane = lanes.next();
            }
        }
    }
    drop(ends);
    // What a thread left undone would be missing without a word.
    let is_whole = threads.into_iter().all(|thread| thread.join().is_ok());
    if is_whole { Ok(()) } else { Err(io::Error::other("a thread ended early: this is a bug")) }
}

#[cfg(test)]
mod tests {
    use std::io::sink;

    use super::*;

    /// Writes into what others look at later.
    #[derive(Clone, Default)]
    struct Shared(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(text)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn work(job: usize, out: &mut Out) -> io::Result<usize> {
        // Some take long, some write more than waits in a lane.
        if job.is_multiple_of(7) {
            thread::sleep(std::time::Duration::from_millis(2));
        }
        let times = if job == 5 { 1_000_000 } else { job % 5 };
        (0..times).try_for_each(|_| writeln!(out, "{job}"))?;
        Ok(job)
    }

    #[test]
    fn what_several_do_comes_in_the_order_of_the_jobs() {
        let (one, mut seen) = (Shared::default(), Vec::new());
        alone(0..100, work, Box::new(one.clone()), |job| seen.push(job)).unwrap();
        for workers in 1..5 {
            let (out, mut done) = (Shared::default(), Vec::new());
            in_order(0..100, vec![work; workers], Box::new(out.clone()), |job| done.push(job))
                .unwrap();
            assert_eq!(done, seen);
            assert!(*out.0.lock().unwrap() == *one.0.lock().unwrap(), "{workers} workers");
        }
        in_order(0..0, vec![work; 2], Box::new(sink()), |_| panic!("nothing was done")).unwrap();
    }

    #[test]
    fn a_reader_who_has_read_enough_is_an_error_though_jobs_never_end() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let told = in_order(1.., vec![work; 2], Box::new(Full), drop).unwrap_err();
        assert_eq!(told.kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn a_worker_that_ends_early_is_no_end_without_a_word() {
        let worker = |job: usize, _: &mut Out| -> io::Result<usize> {
            assert!(job < 3, "as if there were a bug");
            Ok(job)
        };
        let told = in_order(1.., vec![worker; 2], Box::new(sink()), drop).unwrap_err();
        assert_eq!(told.to_string(), "a thread ended early: this is a bug");
    }
}
