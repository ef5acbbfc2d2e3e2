package dev.assay.engine.onnx;

import dev.assay.HarnessException;
import dev.assay.backend.Call;
import dev.assay.engine.onnx.NodeTest.NotMappable;
import dev.assay.engine.plan.Case;
import dev.assay.engine.plan.Planner;
import dev.assay.operator.Operator;
import dev.assay.results.Json;
import dev.assay.results.PlanFile.SuiteRef;
import dev.assay.results.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// A folder of node tests as a suite: each `NAME/test_data_set_N` becomes a case, whatever is in it.
///
/// What cannot be mapped to an operator of the catalogue is a case with the verdict `unsupported` and the reason; what
/// cannot be read is one with the verdict `error`.
public final class OnnxFolder implements Planner.Source {
    private final Path folder;
    private final String name;
    private final List<Case> cases = new ArrayList<>();
    private final Map<Case, String> contents = new LinkedHashMap<>();

    /// Reads all models below a folder. Throws [HarnessException] if there are none.
    public OnnxFolder(Path folder) {
        this.folder = folder.toAbsolutePath().normalize();
        Path last = this.folder.getFileName();
        this.name = word(last == null ? "onnx" : last.toString());
        List<Path> dataSets = dataSets(this.folder);
        if (dataSets.isEmpty()) {
            throw new HarnessException(
                    "no node test",
                    folder.toString(),
                    "give a folder that holds folders with a model.onnx and a test_data_set_0 each");
        }
        Map<String, Path> names = new LinkedHashMap<>();
        for (Path dataSet : dataSets) {
            Case one = read(dataSet);
            Path other = names.put(one.id().fill(), dataSet);
            if (other != null) {
                throw new HarnessException(
                        "two node tests are called " + one.id().fill(),
                        this.folder.relativize(other) + " and " + this.folder.relativize(dataSet),
                        "give a folder that holds only one of them");
            }
            cases.add(one);
            contents.put(one, digest(dataSet));
        }
    }

    private static List<Path> dataSets(Path folder) {
        try (Stream<Path> all = Files.find(
                folder,
                4,
                (path, attributes) -> attributes.isDirectory()
                        && path.getFileName() != null
                        && path.getFileName().toString().startsWith(NodeTest.DATA_SET))) {
            return all.sorted().toList();
        } catch (IOException | UncheckedIOException e) {
            throw new HarnessException(
                    "the folder cannot be read: " + e, folder.toString(), "give a readable folder", e);
        }
    }

    /// Lower case, with nothing in it but what a case id may hold.
    private static String word(String text) {
        return text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9._-]", "-");
    }

    private Case read(Path dataSet) {
        String test = word(String.valueOf(dataSet.resolve("..").normalize().getFileName()));
        String number = dataSet.getFileName().toString().replace(NodeTest.DATA_SET, "");
        String fill = "onnx-" + test + (number.equals("0") ? "" : "-" + word(number));
        String why = "node test " + test;
        String type = "unknown";
        try {
            NodeTest node = NodeTest.read(dataSet);
            type = node.type().isEmpty() ? type : word(node.type());
            Operator operator = node.operator();
            Call call = node.call();
            return Case.stored(name, operator, call, fill, dataSet.toString(), why);
        } catch (NotMappable e) {
            return Case.known(name, type, fill, why, Verdict.UNSUPPORTED, String.valueOf(e.getMessage()));
        } catch (HarnessException e) {
            return Case.known(name, type, fill, why, Verdict.ERROR, e.what() + " (" + e.where() + ")");
        }
    }

    private static String digest(Path dataSet) {
        StringBuilder text = new StringBuilder();
        try (Stream<Path> listed = Files.list(dataSet)) {
            Stream<Path> model = Stream.of(dataSet.resolveSibling("model.onnx"));
            for (Path file : Stream.concat(model, listed.sorted())
                    .filter(Files::isRegularFile)
                    .toList()) {
                text.append(file.getFileName())
                        .append(' ')
                        .append(Json.sha256(Files.readAllBytes(file)))
                        .append('\n');
            }
        } catch (IOException e) {
            throw new HarnessException("a file cannot be read: " + e, dataSet.toString(), "make it readable", e);
        }
        return Json.sha256(text.toString());
    }

    @Override
    public SuiteRef reference() {
        return new SuiteRef(name, folder.toString(), Json.sha256(String.join("\n", contents.values())));
    }

    @Override
    public List<Case> cases() {
        return cases;
    }

    @Override
    public Optional<String> content(Case one) {
        return Optional.ofNullable(contents.get(one));
    }
}
