/* `roster migrate --to URL`: everything from the database of the settings into another. */
#ifndef MAIN_MOVE_H
#define MAIN_MOVE_H

/* Prints what was moved, or why nothing was; an exit status. */
int move_to(const char *url);

#endif
