package dev.assay.worker.bridge;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// Where Python and `assay_worker.py` are.
final class Python {
    static final String STANDARD = "python3";

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

    /// Lets a vendor's program import `assay_worker`.
    static Map<String, String> environment() {
        String folder = String.valueOf(worker().getParent());
        String own = System.getenv("PYTHONPATH");
        return Map.of(
                "PYTHONPATH",
                own == null || own.isEmpty() ? folder : folder + java.io.File.pathSeparator + own,
                "PYTHONUNBUFFERED",
                "1",
                "PYTHONDONTWRITEBYTECODE", // beside a worker that may lie where nothing is to be written
                "1");
    }
}
