//! Custody of files: whether only one user can have created and changed a file.
//!
//! A host trusts its own directories: machine code, secrets, jobs. No other user of the machine may be able to create or
//! change a file in them. Root is no exception but the worst case: a host that runs as root would run another user's
//! code with its rights.

use std::fmt;

/// The status of a file or directory itself; a link is not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStatus {
    /// Whether it is a symbolic link, which whoever owns its target can fill.
    pub is_link: bool,
    /// The user who owns it.
    pub owner: u32,
    /// Its permission bits.
    pub mode: u32,
}

/// The reason not to trust a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distrust {
    /// It is a symbolic link.
    Link,
    /// Another user owns it.
    Owner {
        /// Its owner.
        owner: u32,
        /// The user of this process.
        user: u32,
    },
    /// Other users may write to it.
    Writable {
        /// Its permission bits.
        mode: u32,
    },
}

impl FileStatus {
    /// The permission bits by which the group and others write.
    const OTHERS_WRITE: u32 = 0o022;

    /// The reason why this user must not trust a file with this status, if there is one.
    pub fn distrust(self, user: u32) -> Option<Distrust> {
        // The mode of a link means nothing, so that this check comes first.
        if self.is_link {
            Some(Distrust::Link)
        } else if self.owner != user {
            Some(Distrust::Owner { owner: self.owner, user })
        } else if self.mode & Self::OTHERS_WRITE != 0 {
            Some(Distrust::Writable { mode: self.mode & 0o7777 })
        } else {
            None
        }
    }
}

impl Distrust {
    /// The remedy, with a command for this path.
    pub fn remedy(self, path: &str) -> String {
        match self {
            Self::Link => format!("name the place itself, which `readlink -f '{path}'` prints"),
            Self::Owner { user, .. } => {
                format!("if you trust all that is in it, hand it over: `chown -R {user} '{path}'`")
            }
            Self::Writable { .. } => format!("`chmod -R go-rwx '{path}'`"),
        }
    }
}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link => f.write_str("is a symbolic link"),
            Self::Owner { owner, user } => {
                write!(f, "belongs to user {owner}, and this process runs as user {user}")
            }
            Self::Writable { mode } => write!(f, "can be written by other users (its mode is {mode:o})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: FileStatus = FileStatus { is_link: false, owner: 7, mode: 0o100_600 };

    #[test]
    fn only_a_file_that_one_user_owns_and_writes_is_trusted() {
        assert_eq!(OWN.distrust(7), None);
        assert_eq!(FileStatus { mode: 0o100_644, ..OWN }.distrust(7), None);
        for mode in [0o100_620, 0o100_602, 0o040_777] {
            let distrust = FileStatus { mode, ..OWN }.distrust(7);
            assert_eq!(distrust, Some(Distrust::Writable { mode: mode & 0o777 }));
        }
        assert_eq!(FileStatus { is_link: true, ..OWN }.distrust(7), Some(Distrust::Link));
    }

    #[test]
    fn root_trusts_no_file_of_another_user() {
        let distrust = OWN.distrust(0).unwrap();
        assert_eq!(distrust, Distrust::Owner { owner: 7, user: 0 });
        assert!(distrust.to_string().contains("user 7") && distrust.to_string().contains("user 0"));
        assert!(distrust.remedy("/data").contains("`chown -R 0 '/data'`"));
    }
}
