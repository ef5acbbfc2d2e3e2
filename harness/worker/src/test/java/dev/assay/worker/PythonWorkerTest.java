package dev.assay.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Runs the tests of `assay_worker.py`, which are written in Python as it is.
@Timeout(300)
class PythonWorkerTest {
    private static final Path TESTS = Path.of("src/test/python/test_assay_worker.py");

    @Test
    void itsTestsPass() throws Exception {
        Optional<String> python = pythonWith("torch").or(() -> pythonWith("numpy"));
        assertTrue(
                python.isPresent(),
                "no python3 with numpy, neither /usr/bin/python3 nor one on the PATH: apt-get install python3-numpy");
        if (pythonWith("torch").isEmpty()) {
            System.out.println(
                    "NOT TESTED: PyTorch as a backend, for no python3 has it: apt-get install python3-torch");
        }
        Ended tests = run(python.orElseThrow(), "-m", "unittest", TESTS.toString());
        assertEquals(0, tests.code(), tests.output());
        assertTrue(tests.output().matches("(?s).*Ran [1-9]\\d+ tests.*"), tests.output());
    }

    private static Optional<String> pythonWith(String module) {
        for (String python : List.of("/usr/bin/python3", "python3")) {
            if (has(python, module)) {
                return Optional.of(python);
            }
        }
        return Optional.empty();
    }

    private static boolean has(String python, String module) {
        try {
            return run(python, "-c", "import numpy, " + module).code() == 0;
        } catch (IOException e) {
            return false; // There is no such program.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private record Ended(int code, String output) {}

    private static Ended run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output);
    }
}
