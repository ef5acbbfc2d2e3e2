package dev.assay.results.store;

import java.nio.file.Path;

/// Something that is wrong with a folder of results.
///
/// @param file what it is about
/// @param line of it, or 0 if it is about the whole file
/// @param what is wrong
public record Problem(Path file, long line, String what) {
    @Override
    public String toString() {
        return file + (line > 0 ? ", line " + line : "") + ": " + what;
    }
}
