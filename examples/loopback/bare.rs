//! The reference: two threads that exchange as many bytes, in as many writes, and know nothing of
//! what they mean.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use crate::options::Options;
use crate::trades::{Failure, Figures, Trades, fill_bytes, order_bytes};

/// What one read takes.
const READ_BYTES: usize = 64 << 10;

pub(crate) fn run(options: &Options) -> Result<Figures, Failure> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let broker = listener.local_addr()?;
    thread::scope(|scope| {
        scope.spawn(|| answer(&listener));
        let stream = TcpStream::connect(broker)?;
        stream.set_nodelay(true)?;
        Ok(trade(stream, options)?.figures())
    })
}

/// The broker: a fill for each order, until the client is gone.
fn answer(listener: &TcpListener) -> io::Result<()> {
    let (mut stream, _) = listener.accept()?;
    stream.set_nodelay(true)?;
    let (order_len, fill) = (order_bytes().len(), fill_bytes());
    let mut buffer = vec![0; READ_BYTES];
    let mut rest = 0;
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        rest += count;
        write(&mut stream, &fill, rest / order_len)?;
        rest %= order_len;
    }
}

fn trade(mut stream: TcpStream, options: &Options) -> io::Result<Trades> {
    let mut trades = Trades::new(options.orders);
    let (order, fill_len) = (order_bytes(), fill_bytes().len());
    let first = (0..options.in_flight).filter_map(|_| trades.next_order()).count();
    write(&mut stream, &order, first)?;
    let mut buffer = vec![0; READ_BYTES];
    let mut rest = 0;
    while !trades.is_done() {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        rest += count;
        let mut next = 0;
        for _ in 0..rest / fill_len {
            trades.filled();
            next += usize::from(trades.next_order().is_some());
        }
        write(&mut stream, &order, next)?;
        rest %= fill_len;
    }
    Ok(trades)
}

/// One write for all that a wake-up asks for.
fn write(stream: &mut TcpStream, message: &[u8], count: usize) -> io::Result<()> {
    if count == 0 { Ok(()) } else { stream.write_all(&message.repeat(count)) }
}
