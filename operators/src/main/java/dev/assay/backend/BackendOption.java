package dev.assay.backend;

import java.util.List;

/// One key that a backend understands.
///
/// @param key lower case
/// @param meaning one sentence for `assay list backends ID`
/// @param allowed the values there are; empty if any text will do
/// @param standard the value when the key is not given; empty text if there is none
/// @param kind how it is given
public record BackendOption(String key, String meaning, List<String> allowed, String standard, Kind kind) {
    /// Key of [#others].
    public static final String OTHERS = "*";

    /// How an option is given.
    public enum Kind {
        /// Once, or not at all.
        OPTIONAL,
        /// Once; the path of a file. A backend with such an option runs only when it is asked for. Rows and reports
        /// show
        /// the file's name alone, for they must not depend on the machine.
        FILE,
        /// Once, or not at all; about this machine alone, such as an interpreter. Rows and reports do not show it.
        LOCAL,
        /// Once. A backend with such an option runs only when it is asked for.
        REQUIRED,
        /// Several values, joined by `+`, may be given.
        REPEATABLE,
        /// Keys that are not listed here; somebody else knows them.
        OTHERS
    }

    public BackendOption {
        allowed = List.copyOf(allowed);
    }

    /// A key that takes one of these values.
    public static BackendOption oneOf(String key, String meaning, String standard, List<String> allowed) {
        return new BackendOption(key, meaning, allowed, standard, Kind.OPTIONAL);
    }

    /// A key that takes several of these values, joined by `+`.
    public static BackendOption someOf(String key, String meaning, List<String> allowed) {
        return new BackendOption(key, meaning, allowed, "", Kind.REPEATABLE);
    }

    /// A key that takes any text.
    public static BackendOption text(String key, String meaning, String standard) {
        return new BackendOption(key, meaning, List.of(), standard, Kind.OPTIONAL);
    }

    /// A key that must be given, and takes any text.
    public static BackendOption required(String key, String meaning) {
        return new BackendOption(key, meaning, List.of(), "", Kind.REQUIRED);
    }

    /// A key that must be given and names a file.
    public static BackendOption file(String key, String meaning) {
        return new BackendOption(key, meaning, List.of(), "", Kind.FILE);
    }

    /// A key about this machine alone, such as the path of an interpreter.
    public static BackendOption local(String key, String meaning, String standard) {
        return new BackendOption(key, meaning, List.of(), standard, Kind.LOCAL);
    }

    /// Any other key, which is handed on to a library or program that checks it when it is opened.
    public static BackendOption others(String meaning) {
        return new BackendOption(OTHERS, meaning, List.of(), "", Kind.OTHERS);
    }

    public boolean repeatable() {
        return kind == Kind.REPEATABLE;
    }

    /// Whether the backend cannot be opened without it.
    public boolean required() {
        return kind == Kind.REQUIRED || kind == Kind.FILE;
    }
}
