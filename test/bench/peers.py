"""One of scikit-learn's classifiers on the same files as siftd: reads a task as JSON on stdin, answers as JSON.

The features and settings are the ones that did best for each of them: TF-IDF of words and pairs of neighbours, and of
groups of 3 to 5 characters within words. Seconds are of CPU, features included.
"""
import json
import resource
import sys
import time

import numpy
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB, MultinomialNB
from sklearn.pipeline import FeatureUnion
from sklearn.svm import LinearSVC

makers = {
    "LinearSVC": lambda: LinearSVC(),
    "LinearSVC, Platt": lambda: CalibratedClassifierCV(LinearSVC(), method="sigmoid", cv=5),
    "LogisticRegression": lambda: LogisticRegression(C=10, max_iter=200),
    "ComplementNB": lambda: ComplementNB(),
    "MultinomialNB": lambda: MultinomialNB(alpha=0.03),
}


def read(path):
    with open(path, encoding="utf-8") as lines:
        examples = [json.loads(line) for line in lines if line.strip()]
    return [f"{one['subject']} {one['body']}".strip() for one in examples], [one["label"] for one in examples]


def features():
    return FeatureUnion([
        ("words", TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")),
        ("characters", TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)),
    ])


def scores_of(model, rows):
    return model.predict_proba(rows) if hasattr(model, "predict_proba") else model.decision_function(rows)


def rate(union, model, texts):
    begun = time.process_time()
    done = 0
    while time.process_time() - begun < 2:
        model.predict(union.transform(texts))
        done += len(texts)
    return done / (time.process_time() - begun)


def run(maker, task):
    texts, labels = read(task["train"])
    begun = time.process_time()
    union = features()
    model = maker().fit(union.fit_transform(texts), numpy.array(labels))
    seconds = time.process_time() - begun
    answers = []
    for path in task["tests"]:
        scores = scores_of(model, union.transform(read(path)[0]))
        best = numpy.argmax(scores, axis=1)
        names = model.classes_
        answers.append([{"label": names[at], "confidence": float(line[at])} for at, line in zip(best, scores)])
    rates = [rate(union, model, read(path)[0]) for path in task["rates"]]
    return {"seconds": seconds, "answers": answers, "rates": rates, "calibrated": hasattr(model, "predict_proba")}


job = json.load(sys.stdin)
outcomes = [run(makers[job["classifier"]], task) for task in job["tasks"]]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
json.dump({"outcomes": outcomes, "peakMiB": peak}, sys.stdout)
