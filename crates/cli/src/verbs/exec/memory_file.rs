//! A secret as a file that is nowhere on a disk: in memory, open in the command, and gone with it and its children.

use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};

use secrecy::{ExposeSecret as _, SecretString};

/// The file. It stays as long as a process has it open.
pub(crate) struct MemoryFile(OwnedFd);

impl MemoryFile {
    /// A file with this value, which nobody can change.
    ///
    /// It is handed on to the command: all other files of this process are closed by then.
    #[cfg(target_os = "linux")]
    pub(super) fn new(value: &SecretString) -> io::Result<Self> {
        use rustix::fs::{MemfdFlags, Mode, SealFlags, fchmod, fcntl_add_seals, memfd_create};
        use std::io::Write as _;
        let file = memfd_create("secret", MemfdFlags::ALLOW_SEALING)?;
        let mut file = std::fs::File::from(file);
        file.write_all(value.expose_secret().as_bytes())?;
        fchmod(&file, Mode::RUSR)?;
        fcntl_add_seals(&file, SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL)?;
        Ok(Self(file.into()))
    }

    /// Other systems have none.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn new(_: &SecretString) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// The name that the command, and whoever inherits its open files, finds it by.
    pub(super) fn path(&self) -> String {
        format!("/proc/self/fd/{}", self.0.as_raw_fd())
    }
}
