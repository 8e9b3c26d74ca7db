//! The service, and the server that it calls back: requests are written by hand, and what arrives is kept as it came.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use obs_tests::{Program, example};
use serde_json::{Value, json};

/// Headers in the order they came.
#[derive(Debug)]
pub(super) struct Headers(Vec<(String, String)>);

impl Headers {
    /// Returns the values of all headers of a name.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str()).collect()
    }
}

/// The service, started on a free port, and what it calls.
pub(super) struct Service {
    _program: Program,
    address: String,
    callback: String,
    received: Receiver<(Headers, Value)>,
    answer: Option<Headers>,
}

impl Service {
    pub(super) fn start(environment: &[(&str, &str)]) -> Service {
        let mut command = example("w3c_service");
        command.args(["--port", "0"]).envs(environment.iter().copied());
        let mut program = Program::start(&mut command);
        let address = program.wait_for_word("listening on http://").trim_end_matches("/test").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let callback = format!("http://{}/callback", listener.local_addr().unwrap());
        let (arrived, received) = mpsc::channel();
        // Ends when nobody waits for it any more.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let (_, headers, body) = read(&mut stream);
                if arrived.send((headers, serde_json::from_str(&body).unwrap())).is_err() {
                    return;
                }
                let answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        Service { _program: program, address, callback, received, answer: None }
    }

    /// Sends header lines as they are, and returns the headers of the one call that the service makes.
    pub(super) fn callback(&mut self, lines: &[String]) -> Headers {
        self.callbacks(lines, 1).remove(0)
    }

    pub(super) fn callbacks(&mut self, lines: &[String], count: usize) -> Vec<Headers> {
        let action = json!({"url": self.callback, "arguments": []});
        let (status, _) = self.send(lines, &Value::from(vec![action; count]).to_string());
        assert_eq!(status, 200, "{lines:?}");
        (0..count).map(|_| self.received.try_recv().expect("called before it is answered").0).collect()
    }

    /// Has it called with arguments; returns the status and what arrived.
    pub(super) fn ask_with(&mut self, lines: &[String], arguments: &Value) -> (u16, Value) {
        let actions = json!([{"url": self.callback, "arguments": arguments}]);
        let (status, _) = self.send(lines, &actions.to_string());
        (status, self.received.try_recv().unwrap().1)
    }

    /// Posts a body.
    pub(super) fn post(&mut self, body: &str) -> (u16, String) {
        self.send(&[], body)
    }

    /// Returns the headers of the last answer.
    pub(super) fn answer(&self) -> &Headers {
        self.answer.as_ref().unwrap()
    }

    fn send(&mut self, lines: &[String], body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let (address, length) = (&self.address, body.len());
        let mut head = format!("POST /test HTTP/1.1\r\nhost: {address}\r\ncontent-length: {length}\r\n");
        head += "content-type: application/json\r\nconnection: close\r\n";
        lines.iter().for_each(|line| head += &format!("{line}\r\n"));
        stream.write_all(format!("{head}\r\n{body}").as_bytes()).unwrap();
        let (start, headers, body) = read(&mut stream);
        self.answer = Some(headers);
        (start.split(' ').nth(1).unwrap().parse().unwrap(), body)
    }
}

/// Reads one message: its first line, headers and body.
fn read(stream: &mut TcpStream) -> (String, Headers, String) {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end_matches(['\r', '\n']) {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let header = |line: &String| {
        let (name, value) = line.split_once(':').unwrap();
        (name.to_owned(), value.trim_matches([' ', '\t']).to_owned())
    };
    let headers = Headers(lines[1..].iter().map(header).collect());
    let length = headers.all("content-length").first().map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    (lines.remove(0), headers, String::from_utf8(body).unwrap())
}
