package dev.assay.tck;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/// Runs test classes without a build tool: the arguments are their names.
public final class ContractTests {
    private ContractTests() {}

    /// Prints a line for each test and ends with 1 if one failed or none was found.
    public static void main(String[] classes) {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(Arrays.stream(classes)
                        .map(DiscoverySelectors::selectClass)
                        .toList())
                .build();
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create().execute(request, listener, new Lines(out));
        TestExecutionSummary summary = listener.getSummary();
        out.println(summary.getTestsSucceededCount() + " passed, " + summary.getTotalFailureCount() + " failed, "
                + summary.getTestsAbortedCount() + " skipped");
        System.exit(summary.getTotalFailureCount() == 0 && summary.getTestsSucceededCount() > 0 ? 0 : 1);
    }

    private record Lines(PrintWriter out) implements TestExecutionListener {
        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            String why = result.getThrowable()
                    .map(thrown -> System.lineSeparator() + thrown.getMessage())
                    .orElse("");
            if (test.isTest() || !why.isEmpty()) {
                String word = switch (result.getStatus()) {
                    case SUCCESSFUL -> "pass";
                    case FAILED -> "FAIL";
                    case ABORTED -> "skip";
                };
                out.println(word + "  " + test.getDisplayName() + why);
            }
        }
    }
}
