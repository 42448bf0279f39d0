export * from './generated/properties';
export * from './generated-secret';
export * from './secrets-pair';
export * from './stored-secret';
