package dev.assay.worker.bridge;

import dev.assay.HarnessException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Where Python and `assay_worker.py` are.
final class Python {
    /// On the PATH, and where distributions put theirs, which has their packages.
    private static final List<String> CANDIDATES = List.of("python3", "/usr/bin/python3", "python");

    private static final String FILE = "assay_worker.py";

    private Python() {}

    /// The script: beside the classes when they are not packed, in the folder `python` of a distribution, or taken out
    /// of the jar where that lies elsewhere, as in a local repository of a build.
    static Path worker() {
        try {
            URL resource = Python.class.getResource("/python/" + FILE);
            if (resource != null && resource.getProtocol().equals("file")) {
                return Path.of(resource.toURI());
            }
            Path jar = Path.of(Python.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            Path file = jar.resolveSibling("../python/" + FILE).normalize();
            return Files.isReadable(file) ? file : Unpacked.WORKER;
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Once for the life of the process.
    private static final class Unpacked {
        static final Path WORKER = unpack();

        private static Path unpack() {
            try (InputStream in = Python.class.getResourceAsStream("/python/" + FILE)) {
                if (in == null) {
                    throw new IllegalStateException(FILE + " is missing from the class path");
                }
                Path folder = Files.createTempDirectory("assay-python");
                folder.toFile().deleteOnExit();
                Path file = folder.resolve(FILE);
                file.toFile().deleteOnExit();
                Files.copy(in, file);
                return file;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /// The interpreter that was asked for, or the first that has a module.
    ///
    /// @param asked path or command, or empty text
    static String with(String module, String asked) {
        if (!asked.isEmpty()) {
            return asked;
        }
        for (String candidate : CANDIDATES) {
            if (has(candidate, module)) {
                return candidate;
            }
        }
        throw new HarnessException(
                "no Python here has the module '" + module + "'",
                "tried " + CANDIDATES,
                "install it (apt-get install python3-" + module + ", or pip), or give python=PATH");
    }

    private static boolean has(String python, String module) {
        try {
            String probe = "import importlib.util, sys; sys.exit(importlib.util.find_spec('" + module + "') is None)";
            return new ProcessBuilder(python, "-c", probe)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /// Lets a vendor's program import `assay_worker`.
    static Map<String, String> environment() {
        String folder = String.valueOf(worker().getParent());
        String own = System.getenv("PYTHONPATH");
        return Map.of(
                "PYTHONPATH",
                own == null || own.isEmpty() ? folder : folder + File.pathSeparator + own,
                "PYTHONUNBUFFERED",
                "1",
                "PYTHONDONTWRITEBYTECODE", // beside a worker that may lie where nothing is to be written
                "1");
    }
}
