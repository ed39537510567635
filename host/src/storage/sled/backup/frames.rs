//! The frames of which a backup consists: a kind, a length, and so many bytes. The last one has the digest of all bytes
//! before it, so that a file that is cut off or damaged is found out.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use super::MAGIC;

/// What is in a frame. The letters are in the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// What the backup is of, as JSON.
    About = b'A' as isize,
    /// Rows.
    Rows = b'R' as isize,
    /// Rows of secrets, encrypted.
    Sealed = b'S' as isize,
    /// The digest of a component, and some of its bytes; the parts of one follow each other.
    Component = b'C' as isize,
    /// The digest of everything before.
    End = b'E' as isize,
}

impl Kind {
    const ALL: [Kind; 5] = [Kind::About, Kind::Rows, Kind::Sealed, Kind::Component, Kind::End];

    fn of(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// The most bytes in a frame, whatever a damaged length says.
const FRAME_BYTES_MAX: usize = 8 << 20;

/// Writes frames.
pub struct FrameWriter {
    digest: Sha256,
}

impl FrameWriter {
    /// A writer, and the beginning of the file.
    pub fn begin() -> (Self, Vec<u8>) {
        let mut digest = Sha256::new();
        digest.update(MAGIC);
        (Self { digest }, MAGIC.to_vec())
    }

    /// The bytes of a frame.
    pub fn frame(&mut self, kind: Kind, content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).expect("a frame has at most some MiB");
        let mut bytes = Vec::with_capacity(5 + content.len());
        bytes.push(kind as u8);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(content);
        self.digest.update(&bytes);
        bytes
    }

    /// The bytes of the last frame.
    pub fn end(mut self) -> Vec<u8> {
        let digest = self.digest.clone().finalize();
        self.frame(Kind::End, &digest)
    }
}

/// Reads frames.
pub struct FrameReader<R> {
    from: R,
    digest: Sha256,
}

impl<R: Read> FrameReader<R> {
    /// A reader of this file.
    pub fn begin(mut from: R) -> io::Result<Self> {
        let mut magic = [0; MAGIC.len()];
        from.read_exact(&mut magic).map_err(cut_off)?;
        if magic != MAGIC {
            return Err(wrong("it is no backup of this version of taskbox"));
        }
        let mut digest = Sha256::new();
        digest.update(magic);
        Ok(Self { from, digest })
    }

    /// The next frame; none after the last one, whose digest was right.
    pub fn next(&mut self) -> io::Result<Option<(Kind, Vec<u8>)>> {
        let mut head = [0; 5];
        self.from.read_exact(&mut head).map_err(cut_off)?;
        let kind = Kind::of(head[0]).ok_or_else(|| wrong("it has a part of an unknown kind"))?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        if length > FRAME_BYTES_MAX {
            return Err(wrong("it has a part that is too long"));
        }
        let mut content = vec![0; length];
        self.from.read_exact(&mut content).map_err(cut_off)?;
        if kind == Kind::End {
            let is_right = self.digest.clone().finalize().as_slice() == content;
            return if is_right { Ok(None) } else { Err(wrong("its bytes do not have their digest")) };
        }
        self.digest.update(head);
        self.digest.update(&content);
        Ok(Some((kind, content)))
    }
}

fn cut_off(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => wrong("it is cut off"),
        _ => error,
    }
}

fn wrong(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Vec<u8> {
        let (mut writer, mut file) = FrameWriter::begin();
        file.extend(writer.frame(Kind::Rows, b"one"));
        file.extend(writer.frame(Kind::Component, b""));
        file.extend(writer.end());
        file
    }

    fn read(file: &[u8]) -> io::Result<Vec<(Kind, Vec<u8>)>> {
        let mut reader = FrameReader::begin(file)?;
        let mut frames = Vec::new();
        while let Some(frame) = reader.next()? {
            frames.push(frame);
        }
        Ok(frames)
    }

    #[test]
    fn what_was_written_is_read_and_what_is_cut_off_or_changed_is_not() {
        let file = file();
        let frames = read(&file).unwrap();
        assert_eq!(frames, [(Kind::Rows, b"one".to_vec()), (Kind::Component, Vec::new())]);
        for length in 0..file.len() {
            assert!(read(&file[..length]).is_err(), "the first {length} bytes");
        }
        for at in 0..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert!(read(&changed).is_err(), "byte {at}");
        }
    }
}
