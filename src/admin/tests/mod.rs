//! Both ends, against bytes as they were observed and against each other.

mod bytes;
mod pairs;
mod words;
