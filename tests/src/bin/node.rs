//! A node of a service center as a process of its own, which tests kill, stop and set against others.

fn main() {
    okno_tests::node::main();
}
