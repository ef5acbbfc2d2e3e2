package dev.assay.tck.rules;

import dev.assay.HarnessException;
import dev.assay.backend.Backend;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.Support;
import dev.assay.backend.UnsupportedCallException;
import dev.assay.engine.model.Models;
import dev.assay.engine.model.Request;
import dev.assay.engine.plan.Case;
import dev.assay.engine.plan.Suite;
import dev.assay.engine.plan.Suites;
import dev.assay.tck.rules.Rig.Garbage;
import dev.assay.tck.rules.Rig.Place;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A backend under test: how to construct it, and the calls that it is asked.
///
/// For one thread; nothing of it stays open between two rules.
public final class Candidate {
    /// Most calls that are run for a rule.
    private static final int FEW = 12;

    /// Most calls that are prepared for a rule.
    static final int MANY = 64;

    private final Supplier<BackendProvider> construction;
    private final BackendOptions options;
    private final List<Example> examples;
    private final Map<Example, Look> looks = new HashMap<>();
    private @Nullable List<Example> supported;
    private String where = "";

    /// What a single run in the best of circumstances gave.
    ///
    /// @param state how it ended
    /// @param told in words, where it is not right
    record Look(State state, String told) {
        enum State {
            RIGHT,
            /// `contract()` answers nothing that a bound follows from: C13.
            NO_CONTRACT,
            /// `prepare()` fails: C09.
            NOT_PREPARED,
            /// Elements keep what they held before, or results depend on it: C19.
            NOT_WRITTEN,
            /// It throws, or results are wrong: C18.
            WRONG
        }
    }

    /// @param construction makes a provider, a new one each time
    /// @param suites names of suites and models and files whose calls are asked; all suites that come with Assay if
    ///     there are none
    public Candidate(Supplier<BackendProvider> construction, BackendOptions options, List<String> suites) {
        this.construction = construction;
        this.options = options;
        List<Example> all = new ArrayList<>();
        Set<Call> seen = new HashSet<>();
        for (String name : suites.isEmpty() ? Suites.names() : suites) {
            for (Case one : suite(name).cases()) {
                Example.of(one).filter(example -> seen.add(example.call())).ifPresent(all::add);
            }
        }
        this.examples = List.copyOf(all);
    }

    private static Suite suite(String name) {
        return Models.names().contains(name)
                ? Models.suite(name, Request.STANDARD, OptionalLong.empty())
                : Suites.load(name, OptionalLong.empty());
    }

    /// A new provider.
    BackendProvider provider() {
        return construction.get();
    }

    BackendOptions options() {
        return options;
    }

    /// How the backend calls itself, or that it does not.
    String id() {
        try {
            return "backend " + provider().id();
        } catch (RuntimeException | Error e) {
            return "the provider";
        }
    }

    /// Says what is being looked at, for an exception that is not caught.
    void at(String place) {
        where = place;
    }

    String where() {
        return where;
    }

    /// Opens a new backend. Ends the rule if it does not open.
    Backend open() {
        return open(provider());
    }

    Backend open(BackendProvider provider) {
        try {
            Backend backend = provider.open(options);
            if (isNull(backend)) {
                throw Found.notApplicable("open() answers null, see C05");
            }
            return backend;
        } catch (Found e) {
            throw e;
        } catch (RuntimeException | Error e) {
            throw Found.notApplicable("the backend does not open, see C05");
        }
    }

    /// Everything it is asked, of any size.
    List<Example> examples() {
        return examples;
    }

    /// What `supports` says, or empty if it does not say anything: C07.
    static Optional<Support> support(Backend backend, Call call) {
        try {
            return Optional.ofNullable(backend.supports(call));
        } catch (RuntimeException | Error e) {
            return Optional.empty();
        }
    }

    static boolean supports(Backend backend, Call call) {
        return support(backend, call).filter(Support.Yes.class::isInstance).isPresent();
    }

    /// What it supports.
    List<Example> supported(Backend backend) {
        List<Example> known = supported;
        if (known == null) {
            known = examples.stream()
                    .filter(example -> supports(backend, example.call()))
                    .toList();
            supported = known;
        }
        return known;
    }

    /// Up to so many of these, of many suites, operators and types.
    static List<Example> varied(List<Example> from, int most) {
        Map<String, Map<String, List<Example>>> bySuite = new LinkedHashMap<>();
        for (Example example : from) {
            bySuite.computeIfAbsent(example.suite(), suite -> new LinkedHashMap<>())
                    .computeIfAbsent(example.call().operator(), operator -> new ArrayList<>())
                    .add(example);
        }
        List<Example> chosen = new ArrayList<>();
        Set<String> operators = new HashSet<>();
        Set<List<Object>> types = new HashSet<>();
        // Other operators first, then other types, then whatever there is.
        List<Predicate<Example>> wishes = List.of(
                example -> operators.add(example.call().operator()),
                example -> types.add(key(example)),
                example -> !chosen.contains(example));
        for (Predicate<Example> wish : wishes) {
            int before = -1;
            while (chosen.size() < most && chosen.size() != before) {
                before = chosen.size();
                for (Map<String, List<Example>> suite : bySuite.values()) {
                    suite.values().stream()
                            .flatMap(List::stream)
                            .filter(wish)
                            .findFirst()
                            .filter(example -> chosen.size() < most)
                            .ifPresent(example -> {
                                chosen.add(example);
                                types.add(key(example));
                            });
                }
            }
        }
        return List.copyOf(chosen);
    }

    private static List<Object> key(Example example) {
        DType dtype = example.dtype();
        return List.of(example.call().operator(), dtype);
    }

    /// What it supports that is dense, not empty and small; what costs least comes first.
    List<Example> everyday(Backend backend) {
        return supported(backend).stream()
                .filter(example -> example.isDense() && !example.isEmpty() && example.isSmall())
                .sorted(Comparator.comparingDouble(Example::weight))
                .toList();
    }

    /// A few everyday calls that it supports: dense, not empty, small; among them one of each kind that needs care.
    List<Example> few(Backend backend) {
        List<Example> everyday = everyday(backend);
        List<Example> few = new ArrayList<>(varied(everyday, FEW));
        List<Predicate<Example>> kinds =
                List.of(Example::writesInPlace, Example::leavesOut, Example::hasSeveralOutputs);
        for (Predicate<Example> kind : kinds) {
            if (few.stream().noneMatch(kind)) {
                everyday.stream().filter(kind).findFirst().ifPresent(few::add);
            }
        }
        return List.copyOf(few);
    }

    /// Runs a call once, in fresh memory that is zero, at the start of a page, and says how it ended.
    Look look(Backend backend, Example example) {
        Look known = looks.get(example);
        if (known == null) {
            at(example.id());
            known = fresh(backend, example);
            looks.put(example, known);
        }
        return known;
    }

    private static Look fresh(Backend backend, Example example) {
        ComputeContract contract;
        try {
            contract = backend.contract(example.call());
            if (isNull(contract) || !contract.problems().isEmpty()) {
                return new Look(Look.State.NO_CONTRACT, "no contract");
            }
        } catch (RuntimeException | Error e) {
            return new Look(Look.State.NO_CONTRACT, Thrown.told(e));
        }
        try {
            backend.prepare(example.call()).close();
        } catch (RuntimeException | Error e) {
            return new Look(Look.State.NOT_PREPARED, Thrown.told(e));
        }
        try {
            Map<String, Tensor> zero = once(backend, example, Garbage.ZERO);
            Optional<String> wrong = example.wrong(contract, example.inputs(0), zero);
            Map<String, Tensor> nan = once(backend, example, Garbage.NAN);
            Map<String, Tensor> finite = once(backend, example, Garbage.FINITE);
            Optional<String> unwritten = Rig.unwritten(nan, finite);
            if (unwritten.isPresent()) {
                String hint = wrong.isPresent() ? "" : "; with zeros there it is right: was something added to it?";
                return new Look(Look.State.NOT_WRITTEN, unwritten.get() + hint);
            }
            if (wrong.isPresent()) {
                return new Look(Look.State.WRONG, "wrong result: " + wrong.get());
            }
            Optional<String> later = example.wrong(contract, example.inputs(0), nan)
                    .or(() -> example.wrong(contract, example.inputs(0), finite));
            return later.isPresent()
                    ? new Look(
                            Look.State.NOT_WRITTEN, "the result depends on what the output held before: " + later.get())
                    : new Look(Look.State.RIGHT, "");
        } catch (RuntimeException | Error e) {
            return new Look(Look.State.WRONG, Thrown.told(e));
        }
    }

    private static Map<String, Tensor> once(Backend backend, Example example, Garbage garbage) {
        try (Rig rig = Rig.prepare(backend, example, Place.PAGE)) {
            rig.arm(garbage, Garbage.ZERO);
            return rig.run();
        }
    }

    /// Those of [#few] that run rightly. Ends the rule if there are none: other rules say why.
    List<Example> running(Backend backend) {
        List<Example> running = few(backend).stream()
                .filter(example -> look(backend, example).state() == Look.State.RIGHT)
                .toList();
        if (running.isEmpty()) {
            throw Found.notApplicable(
                    "no call that was tried is supported and runs rightly, see C06, C09, C13, C18, C19");
        }
        return running;
    }

    /// Runs a few calls, whatever comes of it.
    void runSome(Backend backend) {
        for (Example example : few(backend)) {
            if (look(backend, example).state() == Look.State.RIGHT) {
                at(example.id());
                once(backend, example, Garbage.ZERO);
            }
        }
    }

    /// Opens a backend and checks some of what runs on it.
    ///
    /// @param check what is wrong with an example, if anything is
    Outcome each(BiFunction<Backend, Example, Optional<Found>> check) {
        try (Backend backend = open()) {
            List<Example> running = running(backend);
            for (Example example : running) {
                at(example.id());
                Optional<Found> found = check.apply(backend, example);
                if (found.isPresent()) {
                    return found.get().outcome();
                }
            }
            return calls(running.size());
        }
    }

    /// Whether a call gives the right results on this backend, now; ends the rule if it does not.
    void mustRun(Backend backend, Example example, String when, String fix) {
        String here = example.id();
        at(here);
        try (Rig rig = Rig.prepare(backend, example, Place.PAGE)) {
            mustBeRight(backend, example, rig.run(), when, fix);
        } catch (UnsupportedCallException e) {
            throw Found.violation(when + ", prepare() refuses: " + e.getMessage(), here, fix);
        } catch (Found e) {
            throw e;
        } catch (RuntimeException | Error e) {
            throw Found.violation(when + ", it " + Thrown.told(e), here, fix);
        }
    }

    void mustBeRight(Backend backend, Example example, Map<String, Tensor> outputs, String when, String fix) {
        Optional<String> wrong = example.wrong(backend.contract(example.call()), example.inputs(0), outputs);
        if (wrong.isPresent()) {
            throw Found.violation(when + ", the result is wrong: " + wrong.get(), example.id(), fix);
        }
    }

    static Outcome calls(int count) {
        return new Outcome.Ok(count(count, "call"));
    }

    /// `1 call`, `2 calls`.
    static String count(int count, String thing) {
        return count + " " + thing + (count == 1 ? "" : "s");
    }

    static boolean isNull(@Nullable Object answer) {
        return answer == null;
    }

    /// A message of the harness or the plugin on one line.
    static String told(RuntimeException refusal) {
        return refusal instanceof HarnessException harness ? harness.oneLine() : String.valueOf(refusal.getMessage());
    }
}
