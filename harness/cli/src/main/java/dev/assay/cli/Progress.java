package dev.assay.cli;

import dev.assay.engine.run.RunListener;
import dev.assay.results.CaseRow;
import dev.assay.results.PlanFile.BackendRef;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/// Shows on standard error how far a run is: a bar on a terminal, a line now and then elsewhere.
final class Progress implements RunListener, AutoCloseable {
    private static final long LINE_EVERY_NANOS = 10_000_000_000L;
    private static final int WIDTH = 100;

    private final PrintWriter err;
    private final boolean terminal;
    private final Map<String, Map<String, String>> devices = new ConcurrentSkipListMap<>();

    private @Nullable ProgressBar bar;
    private String phase = "";
    private int steps;
    private double estimateMs;
    private long started;
    private long lastLine;
    private int done;
    private double doneMs;
    private int bad;

    Progress(PrintWriter err, boolean terminal) {
        this.err = err;
        this.terminal = terminal;
    }

    /// What every backend that was opened told about itself.
    Map<String, Map<String, String>> devices() {
        return new TreeMap<>(devices);
    }

    @Override
    public void opened(BackendRef backend, Map<String, String> facts) {
        devices.put(backend.label(), facts);
    }

    @Override
    public synchronized void phase(String name, int count, double estimate) {
        close();
        phase = name;
        steps = count;
        estimateMs = estimate;
        started = System.nanoTime();
        lastLine = started;
        done = 0;
        doneMs = 0;
        if (count == 0) {
            return;
        }
        if (terminal) {
            bar = new ProgressBarBuilder()
                    .setTaskName(name)
                    .setInitialMax(count)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setConsumer(new ConsoleProgressBarConsumer(System.err, WIDTH))
                    .setEtaFunction(state -> left())
                    .setUpdateIntervalMillis(200)
                    .clearDisplayOnFinish()
                    .build();
        } else {
            err.println(name + ": " + count + (count == 1 ? " case" : " cases")
                    + (estimate > 0 ? ", about " + Durations.text(estimate) : ""));
        }
    }

    /// By the share of the estimate that is done, or of the steps where there is no estimate.
    private synchronized Optional<Duration> left() {
        double share = estimateMs > 0 ? doneMs / estimateMs : (double) done / Math.max(1, steps);
        if (share <= 0) {
            return Optional.empty();
        }
        double elapsed = System.nanoTime() - started;
        return Optional.of(Duration.ofNanos((long) (elapsed / share * Math.max(0, 1 - share))));
    }

    @Override
    public synchronized void step(String what, double estimate) {
        done++;
        doneMs += estimate;
        if (bar != null) {
            bar.stepTo(done);
            bar.setExtraMessage(bad == 0 ? "" : bad + " bad");
        } else if (System.nanoTime() - lastLine > LINE_EVERY_NANOS) {
            lastLine = System.nanoTime();
            String rest = left().map(time -> ", about " + Durations.text((double) time.toMillis()) + " left")
                    .orElse("");
            err.println(
                    phase + ": " + done + " of " + steps + (bad == 0 ? "" : ", " + bad + " bad") + rest + ", " + what);
        }
    }

    @Override
    public synchronized void row(CaseRow row) {
        if (Exit.isBad(row)) {
            bad++;
        }
    }

    @Override
    public synchronized void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
