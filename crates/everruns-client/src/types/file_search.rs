//! What is searched for in files.

request! {
    /// A pattern to look for.
    pub struct GrepRequest {
        /// A regular expression.
        pub pattern: String,
        /// Which files, as a glob.
        pub path_pattern: Option<String>,
    }
}

record! {
    /// The places in a file.
    pub struct GrepResult {
        /// The path of the file.
        pub path: String,
        /// The places.
        pub matches: Vec<GrepMatch>,
    }
}

record! {
    /// A line that a pattern was found in.
    pub struct GrepMatch {
        /// The path of the file.
        pub path: String,
        /// The number of the line, from 1.
        pub line_number: u64,
        /// The line.
        pub line: String,
    }
}

request! {
    /// A pattern to look for, with what stands around it, a page at a time (0.50).
    pub struct SearchRequest {
        /// A regular expression.
        pub pattern: String,
        /// Which files, as a glob.
        pub path_pattern: Option<String>,
        /// How many lines before each place.
        pub before_context: Option<u64>,
        /// How many lines after each place.
        pub after_context: Option<u64>,
        /// How many places.
        pub limit: Option<u64>,
        /// How many places to pass over.
        pub offset: Option<u64>,
        /// How many bytes at most.
        pub max_bytes: Option<u64>,
    }
}

record! {
    /// The places, a page of them (0.50).
    pub struct SearchResult {
        /// The lines, when no lines around them were asked for.
        pub matches: Vec<GrepMatch>,
        /// The lines with those around them.
        pub blocks: Vec<SearchBlock>,
        /// How many places there are.
        pub total_matches: u64,
        /// How many of them are on this page.
        pub returned_matches: u64,
        /// How many bytes this page has.
        pub bytes_returned: u64,
        /// How many bytes all of it has.
        pub bytes_total: u64,
        /// How many places to pass over for the next page, unless this is the last one.
        pub next_offset: Option<u64>,
        /// Whether the limit of bytes cut this page off.
        pub byte_truncated: bool,
    }
}

record! {
    /// Lines of a file that belong together (0.50).
    pub struct SearchBlock {
        /// The path of the file.
        pub path: String,
        /// The number of the first line, from 1.
        pub start_line: u64,
        /// The number of the last line.
        pub end_line: u64,
        /// The numbers of the lines that were found.
        pub match_line_numbers: Vec<u64>,
        /// The lines.
        pub lines: Vec<SearchLine>,
    }
}

record! {
    /// A line of a block (0.50).
    pub struct SearchLine {
        /// Its number, from 1.
        pub line_number: u64,
        /// The line.
        pub line: String,
        /// Whether it was looked for, or stands around what was.
        pub is_match: bool,
    }
}
