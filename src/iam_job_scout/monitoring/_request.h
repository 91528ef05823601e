/* What the two compiled files know of each other: `_request.c` is a request, `_middleware.c` what all pass through. */

#ifndef MONITORING_REQUEST_H
#define MONITORING_REQUEST_H
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#define MODULE "iam_job_scout.monitoring._request."

/* A request that is being answered; see request.py. */
typedef struct {
    PyObject_HEAD
    PyObject *scope, *onward, *cells, *recent, *in_progress, *server, *start, *clock, *cell;
    double started;
} Request;

/* The keys and attributes that are looked up, as strings. */
#define NAMES(DO)                                                                                                      \
    DO(type) DO(body) DO(more_body) DO(trailers) DO(status) DO(route) DO(fastapi) DO(effective_route_context)          \
    DO(root_path) DO(slots) DO(disconnected) DO(recent) DO(see) DO(broken) DO(requests) DO(exemplar_due) DO(path)      \
    DO(method) DO(http) DO(measure) DO(send) DO(returned) DO(failed) DO(throw) DO(close)
#define DECLARE(name) extern PyObject *s_##name;
NAMES(DECLARE)
extern PyTypeObject *request_type;
extern PyObject *scope_mark, *current_request;

/* -1 with an error from each of the two. */
int make_request_type(PyObject *module);
PyObject *configure(PyObject *module, PyObject *args);
/* Takes over the reference to `recent`; -1 with an error. */
int start_measuring(
    Request *self, PyObject *scope, PyObject *onward, PyObject *cells, PyObject *recent, PyObject *in_progress,
    PyObject *server);
/* Hands the error that is set to a method in Python; it is set again afterwards, unless told to forget it. */
void tell(PyObject *object, PyObject *method, int forget);
/* Frees an object of a type of ours. */
void end_of(PyObject *object, inquiry clear);

static inline int absent(PyObject *value) { return value == NULL || value == Py_None; }

static inline int same_text(PyObject *text, PyObject *wanted)
{
    return text == wanted || (text != NULL && wanted != NULL && PyUnicode_CheckExact(text)
                              && PyUnicode_CheckExact(wanted) && PyUnicode_Compare(text, wanted) == 0);
}

#define VISIT(name) Py_VISIT(self->name);
#define CLEAR(name) Py_CLEAR(self->name);
/* What the collector of cycles asks of a type. */
#define COLLECTED(Type, type, OF_TYPE)                                                                                 \
    static int type##_traverse(PyObject *object, visitproc visit, void *arg)                                           \
    {                                                                                                                  \
        Type *self = (Type *)object;                                                                                   \
        OF_TYPE(VISIT)                                                                                                 \
        Py_VISIT(Py_TYPE(object));                                                                                     \
        return 0;                                                                                                      \
    }                                                                                                                  \
    static int type##_clear(PyObject *object)                                                                          \
    {                                                                                                                  \
        Type *self = (Type *)object;                                                                                   \
        OF_TYPE(CLEAR)                                                                                                 \
        return 0;                                                                                                      \
    }
#define COLLECTION(type) {Py_tp_traverse, type##_traverse}, {Py_tp_clear, type##_clear}
#endif
