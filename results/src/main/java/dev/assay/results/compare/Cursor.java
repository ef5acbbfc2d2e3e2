package dev.assay.results.compare;

import dev.assay.results.CsvRows;
import dev.assay.results.CsvTable;
import dev.assay.results.Keyed;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/// The rows of a table from first to last, with a look at the next one.
///
/// A thread of its own reads a little ahead, so that the two sides of a comparison are read at the same
/// time. No more than a few thousand rows are in memory.
///
/// @param <R> type of the rows
final class Cursor<R extends Record & Keyed> implements Closeable {
    private static final int BATCH = 500;
    private static final int AHEAD = 4;

    private final CsvRows<R> rows;
    private final BlockingQueue<Batch<R>> batches = new ArrayBlockingQueue<>(AHEAD);
    private final Thread reader;
    private Iterator<R> current = List.<R>of().iterator();
    private @Nullable Exception failed;
    private boolean isLast;
    private @Nullable R row;

    /// Some rows, and what came after them.
    ///
    /// @param failed why the next row cannot be read; null if it can, or there is none
    /// @param isLast whether nothing comes after them
    private record Batch<R>(List<R> rows, @Nullable Exception failed, boolean isLast) {}

    Cursor(CsvTable<R> table, Path file) throws IOException {
        rows = table.open(file);
        reader = Thread.ofPlatform().daemon().name("reader of " + file).start(this::readAhead);
        try {
            advance();
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private void readAhead() {
        boolean isOver = false;
        try {
            while (!isOver) {
                List<R> batch = new ArrayList<>(BATCH);
                Exception why = null;
                try {
                    while (batch.size() < BATCH && !isOver) {
                        if (rows.advance()) {
                            batch.add(rows.row());
                        } else {
                            isOver = true;
                        }
                    }
                } catch (IOException | RuntimeException e) {
                    why = e;
                    isOver = true;
                }
                batches.put(new Batch<>(batch, why, isOver));
            }
        } catch (InterruptedException e) {
            // Closed before the end: nobody wants the rest.
            Thread.currentThread().interrupt();
        }
    }

    /// The row where it stands; null behind the last one.
    @Nullable
    R row() {
        return row;
    }

    void advance() throws IOException {
        while (!current.hasNext() && !isLast) {
            Batch<R> next = take();
            current = next.rows().iterator();
            failed = next.failed();
            isLast = next.isLast();
        }
        if (current.hasNext()) {
            row = current.next();
            return;
        }
        row = null;
        switch (failed) {
            case null -> {
                // The end of the file.
            }
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            default -> throw new IllegalStateException(failed);
        }
    }

    private Batch<R> take() throws IOException {
        try {
            return batches.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException stopped = new InterruptedIOException("interrupted while reading " + rows.file());
            stopped.initCause(e);
            throw stopped;
        }
    }

    @Override
    public void close() throws IOException {
        reader.interrupt();
        boolean wasInterrupted = false;
        while (reader.isAlive()) {
            try {
                reader.join();
            } catch (InterruptedException e) {
                wasInterrupted = true;
            }
        }
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
        rows.close();
    }
}
