use std::{fmt, fs, process::Command, thread::available_parallelism};

/// What instruction counts and times depend on besides the code.
pub struct Environment {
    processor: String,
    programs: Vec<String>,
}

impl Environment {
    /// Looks at this machine.
    #[must_use]
    pub fn here() -> Self {
        let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = info
            .lines()
            .find_map(|line| line.strip_prefix("model name"));
        let model = model.map_or("unknown processor", |it| {
            it.trim_start_matches([' ', '\t', ':'])
        });
        let cores = available_parallelism().map_or(1, usize::from);
        let version = |program: &str, argument: &str| {
            let output = Command::new(program).arg(argument).output();
            let text = output.map(|it| String::from_utf8_lossy(&it.stdout).into_owned());
            let line = text.ok()?.lines().next()?.trim().to_owned();
            Some(line).filter(|line| !line.is_empty())
        };
        let programs = [
            version("rustc", "--version"),
            version("getconf", "GNU_LIBC_VERSION"),
            version("valgrind", "--version"),
        ];
        Self {
            processor: format!("{model}, {cores} cores"),
            programs: programs.into_iter().flatten().collect(),
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.processor, self.programs.join(", "))
    }
}
