//! Loading compiled code, which is to trust it as one trusts a program that one starts.

#![allow(unsafe_code, reason = "loading compiled code is unsafe by nature; this is the one place")]

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::AsRawFd;

use wasmtime::component::Component;
use wasmtime::{Engine, Precompiled};

use super::lines::{Lines, TRAILER_BYTES, table_bytes};
use crate::domain::Digest;

/// Bytes of a file that are read at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// A compiled component, and the lines of source code that its instructions come from.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    pub(super) component: Component,
    pub(super) lines: Lines,
}

/// Loads the compiled code in an open file, if its bytes have this digest.
///
/// The file must be one that only this program writes, and that is not written into any more: of the code
/// cache, or in memory as the compiler left it.
pub(super) fn load(engine: &Engine, file: &File, written: &Digest) -> io::Result<Compiled> {
    if Digest::of_chunks(chunks(file)?)? != *written {
        return Err(io::Error::other("its checksum differs"));
    }
    // By the open file, not by its name, which may stand for another file by now.
    let opened = format!("/proc/self/fd/{}", file.as_raw_fd());
    let failed = |error: wasmtime::Error| io::Error::other(format!("{error:#}"));
    match Engine::detect_precompiled_file(&opened).map_err(failed)? {
        Some(Precompiled::Component) => {}
        Some(Precompiled::Module) | None => return Err(io::Error::other("it is no compiled component")),
    }
    // SAFETY: the bytes are those that the compiler wrote: their digest was made by whoever made them, and
    // stands in a place that only this user can write to. By the contract above no process writes into the file,
    // so the mapping does not change either. The engine refuses what another engine compiled.
    let component = unsafe { Component::deserialize_file(engine, opened) }.map_err(failed)?;
    Ok(Compiled { component, lines: lines(file)? })
}

/// The table of lines at the end of a file; empty if there is none.
fn lines(mut file: &File) -> io::Result<Lines> {
    let mut trailer = [0; TRAILER_BYTES];
    let end = file.seek(SeekFrom::End(-(TRAILER_BYTES as i64)))?;
    file.read_exact(&mut trailer)?;
    let Some(start) = table_bytes(trailer).and_then(|bytes| end.checked_sub(bytes)) else {
        return Ok(Lines::default());
    };
    file.seek(SeekFrom::Start(start))?;
    let mut table = Vec::new();
    file.take(end - start).read_to_end(&mut table)?;
    Ok(Lines::of(table))
}

/// All bytes of a file, which may be too many to hold at once.
fn chunks(mut file: &File) -> io::Result<impl Iterator<Item = io::Result<Vec<u8>>>> {
    file.rewind()?;
    Ok(std::iter::from_fn(move || {
        let mut chunk = Vec::with_capacity(CHUNK_BYTES);
        match file.take(CHUNK_BYTES as u64).read_to_end(&mut chunk) {
            Ok(0) => None,
            Ok(_) => Some(Ok(chunk)),
            Err(error) => Some(Err(error)),
        }
    }))
}
