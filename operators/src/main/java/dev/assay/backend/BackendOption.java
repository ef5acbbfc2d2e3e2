package dev.assay.backend;

import java.util.List;

/// One key that a backend understands.
///
/// @param key lower case
/// @param meaning one sentence for `assay list backends ID`
/// @param allowed the values there are; empty if any text will do
/// @param standard the value when the key is not given; empty text if there is none
/// @param repeatable whether several values, joined by `+`, may be given
public record BackendOption(String key, String meaning, List<String> allowed, String standard, boolean repeatable) {
    public BackendOption {
        allowed = List.copyOf(allowed);
    }

    /// A key that takes one of these values.
    public static BackendOption oneOf(String key, String meaning, String standard, List<String> allowed) {
        return new BackendOption(key, meaning, allowed, standard, false);
    }

    /// A key that takes several of these values, joined by `+`.
    public static BackendOption someOf(String key, String meaning, List<String> allowed) {
        return new BackendOption(key, meaning, allowed, "", true);
    }

    /// A key that takes any text.
    public static BackendOption text(String key, String meaning, String standard) {
        return new BackendOption(key, meaning, List.of(), standard, false);
    }
}
