/* The dispatcher's lists: of entries, and of workers with free credit. */
#include "worker/ingest/dispatch_state.h"

void list_push(struct list *list, struct entry *entry)
{
    entry->on = list;
    entry->next = NULL;
    entry->previous = list->last;
    *(list->last ? &list->last->next : &list->first) = entry;
    list->last = entry;
    list->count++;
}

void list_push_front(struct list *list, struct entry *entry)
{
    entry->on = list;
    entry->previous = NULL;
    entry->next = list->first;
    *(list->first ? &list->first->previous : &list->last) = entry;
    list->first = entry;
    list->count++;
}

void list_remove(struct entry *entry)
{
    struct list *list = entry->on;
    *(entry->previous ? &entry->previous->next : &list->first) = entry->next;
    *(entry->next ? &entry->next->previous : &list->last) = entry->previous;
    list->count--;
    entry->on = NULL;
}

void queue_push(struct worker_queue *queue, struct worker *worker)
{
    worker->queued = true;
    worker->next = NULL;
    worker->previous = queue->last;
    *(queue->last ? &queue->last->next : &queue->first) = worker;
    queue->last = worker;
}

void queue_remove(struct worker_queue *queue, struct worker *worker)
{
    *(worker->previous ? &worker->previous->next : &queue->first) = worker->next;
    *(worker->next ? &worker->next->previous : &queue->last) = worker->previous;
    worker->queued = false;
}
