//! The pipe from a host to the process that compiles for it. It carries the component, and then its being
//! open means that the host still waits: a host that ends in any way, by `kill -9` as well, closes it.
//!
//! (The system's own signal for the death of a parent is that of the *thread* that started the child, and
//! threads of a pool come and go.)

use std::io::{self, Read};
use std::sync::mpsc::sync_channel;
use std::thread;

use rustix::process::{Signal, getpid, kill_process};
use tokio::io::AsyncWriteExt;
use tokio::process::ChildStdin;

/// The host's side: sends the component, and returns the lifeline, to be held while its code is wanted.
pub(super) async fn send(mut lifeline: ChildStdin, component: &[u8]) -> io::Result<ChildStdin> {
    lifeline.write_all(&(component.len() as u64).to_le_bytes()).await?;
    lifeline.write_all(component).await?;
    lifeline.flush().await?;
    Ok(lifeline)
}

/// The child's side: reads the component, and from then on ends this process when the pipe is closed.
///
/// The thread for it starts before the component takes any memory: see [`super::program`].
pub(super) fn receive(mut lifeline: impl Read + Send + 'static) -> io::Result<Vec<u8>> {
    let (sender, receiver) = sync_channel(1);
    thread::Builder::new().name("lifeline".to_owned()).spawn(move || {
        let component = read(&mut lifeline);
        let is_whole = component.is_ok();
        // Its receiver waits for it.
        let _ = sender.send(component);
        if is_whole {
            // Nothing more is ever sent, so a read returns when no sender is left.
            let _ = lifeline.read(&mut [0]);
            // At once, and without taking a lock that the compiler may hold.
            let _ = kill_process(getpid(), Signal::KILL);
        }
    })?;
    receiver.recv().unwrap_or_else(|_| Err(io::ErrorKind::UnexpectedEof.into()))
}

fn read(lifeline: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; size_of::<u64>()];
    lifeline.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    let mut component = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    lifeline.take(length).read_to_end(&mut component)?;
    if component.len() as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(component)
}
