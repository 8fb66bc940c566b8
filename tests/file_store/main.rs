//! The store in a file: what was committed is there after every kind of crash, as a whole; what is
//! damaged is refused and not taken for something else; nobody else has the file meanwhile; and who
//! asks with a waker never waits for a disk.

mod crash;
mod damage;
mod folder;
mod kill;
mod model;
mod owner;
mod place;
mod waiting;
