package dev.assay.worker.bridge;

import dev.assay.HarnessException;
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

    /// The script: beside the classes when they are not packed, in the folder `python` of a distribution otherwise.
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
            if (Files.isReadable(file)) {
                return file;
            }
            throw new HarnessException(
                    "the worker for Python is missing", file.toString(), "unpack the distribution as a whole");
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
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
                "1");
    }
}
