package dev.assay.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Properties;

/// Which Assay this is.
///
/// @param version of the release
/// @param commit of the source, or `unknown` where it was built without its history
/// @param cleanTree whether the source was exactly that commit
record Build(String version, String commit, Optional<Boolean> cleanTree) {
    private static final String UNKNOWN = "unknown";

    static Build current() {
        Properties properties = new Properties();
        try (InputStream in = Build.class.getResourceAsStream("build.properties")) {
            if (in != null) {
                properties.load(in);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Optional<Boolean> clean =
                Optional.ofNullable(properties.getProperty("git.dirty")).map(dirty -> dirty.equals("false"));
        return new Build(
                properties.getProperty("git.build.version", UNKNOWN),
                properties.getProperty("git.commit.id.full", UNKNOWN),
                clean);
    }

    @Override
    public String toString() {
        String tree = cleanTree.filter(clean -> !clean).isPresent() ? ", changed since" : "";
        return "assay " + version + " (commit " + commit + tree + ")";
    }
}
