package dev.assay.cli;

import dev.assay.engine.run.Backends;
import dev.assay.engine.run.Environment;
import dev.assay.engine.run.PluginException;
import dev.assay.engine.run.Probe;
import dev.assay.results.PlanFile.BackendRef;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `assay doctor`.
@Command(
        name = "doctor",
        description = "Checks that this machine can run Assay: JDK, processor, memory, folders, every backend.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:all is well", "9:something of this machine will not do", "10:a backend does not open"},
        footerHeading = "%nExample:%n",
        footer = "  assay doctor")
final class DoctorCommand implements Callable<Integer> {
    private static final long LEAST_MEMORY = 4L << 30;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    private int exit = Exit.OK;

    @Override
    public Integer call() throws InterruptedException {
        report(true, Build.current().toString(), "");
        Environment here = Environment.here();
        // The launcher and the build refuse JDKs that are too old; this one runs us, so it is new enough.
        report(true, "Java " + here.software().get("jdk"), "");
        report(
                true,
                here.software().get("distribution") + ", " + here.software().get("os"),
                "");
        report(
                true,
                here.hardware().get("processors") + " processors, "
                        + here.hardware().get("cpu"),
                "");
        memory();
        writable(Path.of(System.getProperty("java.io.tmpdir")), "set -Djava.io.tmpdir to a folder that can be written");
        writable(Path.of("."), "start where you may write, or give `assay run` a folder with -o");
        backends();
        return exit;
    }

    private void memory() {
        long bytes = Environment.memoryBytes();
        report(
                bytes == 0 || bytes >= LEAST_MEMORY,
                "memory: " + (bytes == 0 ? "unknown" : Math.round(bytes / 1e9) + " GB"),
                "large cases need 4 GB; expect out_of_memory rows");
    }

    private void writable(Path folder, String fix) {
        String what = "folder " + folder.toAbsolutePath().normalize() + " can be written";
        try {
            Files.delete(Files.createTempFile(folder, "assay-", ".tmp"));
            report(true, what, "");
        } catch (IOException e) {
            report(false, "not true: " + what + ": " + e.getMessage(), fix);
        }
    }

    private void backends() throws InterruptedException {
        Backends installed = new Backends();
        for (BackendRef backend : installed.everyone()) {
            try {
                Map<String, String> facts =
                        Probe.open(backend, Runtime.getRuntime().availableProcessors());
                Map<String, String> told = new TreeMap<>(facts);
                told.values().removeIf(String::isEmpty);
                report(true, "backend " + backend.id() + ": " + told, "");
            } catch (PluginException e) {
                report(false, e.what(), e.fix());
                exit = Exit.PLUGIN;
            }
        }
    }

    private void report(boolean good, String what, String fix) {
        PrintWriter out = spec.commandLine().getOut();
        out.println((good ? "ok    " : "WRONG ") + what);
        if (!good) {
            out.println("      fix: " + fix);
            exit = exit == Exit.OK ? Exit.ENVIRONMENT : exit;
        }
    }
}
