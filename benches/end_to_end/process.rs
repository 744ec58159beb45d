//! A server that runs: started, asked what it used, ended.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    net::{SocketAddr, TcpStream},
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{Failure, http::Connection, kind::Kind};

/// Where servers run, and where the load comes from.
const SERVER_CORE: &str = "0";
pub(crate) const LOAD_CORE: &str = "1";

/// Nothing here takes that long to start or to end.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    None,
    Callgrind,
}

pub(crate) struct Process {
    kind: Kind,
    child: Running,
    address: SocketAddr,
    /// Kept open: who writes to a pipe that nobody reads gets an error.
    _output: BufReader<ChildStdout>,
    _folder: TempDir,
}

/// A child that ends with this, whatever fails in between.
struct Running(Child);

/// Says what to install, before anything is measured.
pub(crate) fn require(programs: &[&str]) -> Result<(), Failure> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there =
        |program: &&&str| std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    match programs.iter().find(|it| !is_there(it)) {
        Some(missing) => Err(format!("{missing} is not on the PATH (/usr/sbin included?)").into()),
        None => Ok(()),
    }
}

impl Process {
    pub(crate) fn start(kind: Kind, tool: Tool) -> Result<Self, Failure> {
        let folder = TempDir::new()?;
        let (line, address) = kind.command(folder.path())?;
        let mut command = match tool {
            Tool::None => {
                let mut command = Command::new("taskset");
                command.args(["-c", SERVER_CORE]);
                command
            }
            Tool::Callgrind => {
                let mut command = Command::new("valgrind");
                command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
                // Threads that wait for one another take turns at once.
                command.arg("--fair-sched=try");
                command.stderr(Stdio::piped());
                command
            }
        };
        let child = command
            .args(line)
            .envs(kind.environment().iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut child = Running(child);
        let mut output = BufReader::new(child.0.stdout.take().ok_or("no standard output")?);
        let address = if let Some(address) = address {
            let address = address.parse()?;
            let begun = Instant::now();
            loop {
                // Before the look at the port: somebody else may have taken it.
                if let Some(status) = child.0.try_wait()? {
                    return Err(format!("{kind:?} has ended: {status}").into());
                }
                if TcpStream::connect(address).is_ok() {
                    break;
                }
                if begun.elapsed() > PATIENCE {
                    return Err(format!("{kind:?} does not listen").into());
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            address
        } else {
            let mut line = String::new();
            output.read_line(&mut line)?;
            let (_, address) = line.split_once("http://").ok_or("no address")?;
            address.trim().parse()?
        };
        let process = Self {
            kind,
            child,
            address,
            _output: output,
            _folder: folder,
        };
        if let Some(request) = kind.preparation() {
            Connection::open(address)?.exchange(&request)?;
        }
        Ok(process)
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What its threads have used of the processor so far.
    pub(crate) fn cpu_time(&self) -> Result<Duration, Failure> {
        let mut nanoseconds = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.child.0.id()))? {
            let times = fs::read_to_string(task?.path().join("schedstat"))?;
            let running: u64 = times.split(' ').next().ok_or("no time")?.parse()?;
            nanoseconds += running;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// Ends it in order, and returns what its tool has to say.
    pub(crate) fn end(mut self) -> Result<String, Failure> {
        drop(self.child.0.stdin.take());
        if matches!(self.kind, Kind::Nginx | Kind::Rekord | Kind::RekordRule) {
            let id = self.child.0.id().to_string();
            Command::new("kill").args(["-TERM", &id]).status()?;
        }
        let mut said = String::new();
        if let Some(mut stderr) = self.child.0.stderr.take() {
            // To its end, which is the server's.
            stderr.read_to_string(&mut said)?;
        }
        self.child.0.wait()?;
        Ok(said)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended already is none to complain about.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
